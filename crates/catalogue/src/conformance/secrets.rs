//! Tokens, sessions, requests that may be repeated.

use super::user;
use crate::{
    AuditFilter, Catalogue, Changes, Error, NewSession, NewToken, Repeat, StoredAnswer, TokenId,
};
use jiff::{SignedDuration, Timestamp};
use model::Sha256;
use model::access::Level;
use model::audit::AuditAction;

fn token(name: &str, secret: u8, expires_at: Option<Timestamp>) -> NewToken {
    NewToken {
        username: "ANN".to_owned(),
        name: name.to_owned(),
        secret: [secret; 32],
        prefix: "ew_1234".to_owned(),
        scopes: vec!["recordings:read".to_owned()],
        expires_at,
    }
}

pub(crate) async fn a_token_signs_its_user_in(catalogue: &Catalogue) {
    let ann = catalogue
        .add_user(user("ann", Level::BASE, ""))
        .await
        .unwrap()
        .id;
    let bob = catalogue
        .add_user(user("bob", Level::BASE, ""))
        .await
        .unwrap()
        .id;
    let made = catalogue.add_token(token("sync", 1, None)).await.unwrap();
    assert_eq!(
        (made.user, made.username.as_str(), made.last_used_at),
        (ann, "ann", None)
    );
    let signed = catalogue.token_sign_in([1; 32]).await.unwrap().unwrap();
    assert_eq!((signed.id, signed.principal.id), (made.id, ann));
    assert_eq!(signed.scopes, made.scopes);
    assert!(catalogue.token_sign_in([2; 32]).await.unwrap().is_none());
    let shown = catalogue.tokens(Some(ann)).await.unwrap();
    assert!(shown[0].last_used_at.is_some());
    assert!(catalogue.tokens(Some(bob)).await.unwrap().is_empty());

    let demoted = Changes {
        level: Some(Level::NONE),
        ..Changes::default()
    };
    catalogue.set_user("ann", demoted, false).await.unwrap();
    let signed = catalogue.token_sign_in([1; 32]).await.unwrap().unwrap();
    assert_eq!(
        signed.principal.level,
        Level::NONE,
        "rights are those of now"
    );

    let others = catalogue.revoke_token(made.id, Some(bob)).await;
    assert!(matches!(others, Err(Error::NoSuchToken(_))));
    catalogue.revoke_token(made.id, Some(ann)).await.unwrap();
    assert!(catalogue.token_sign_in([1; 32]).await.unwrap().is_none());
    assert!(catalogue.revoke_token(TokenId(99), None).await.is_err());
    let none = NewToken {
        username: "nobody".to_owned(),
        ..token("x", 3, None)
    };
    assert!(matches!(
        catalogue.add_token(none).await,
        Err(Error::NoSuchUser(_))
    ));
    assert!(matches!(
        catalogue.add_token(token(" ", 4, None)).await,
        Err(Error::Empty(_))
    ));
    for action in [AuditAction::AddToken, AuditAction::DeleteToken] {
        let filter = AuditFilter {
            action: Some(action),
            ..AuditFilter::default()
        };
        assert_eq!(catalogue.audit_count(&filter).await.unwrap(), 1);
    }
    let secret = format!("{:?}", token("x", 255, None));
    assert!(!secret.contains("255"), "{secret}");
}

pub(crate) async fn a_token_ends_with_its_time_or_its_user(catalogue: &Catalogue) {
    catalogue
        .add_user(user("ann", Level::BASE, ""))
        .await
        .unwrap();
    let now = catalogue.now();
    let past = now - SignedDuration::from_secs(1);
    let later = now + SignedDuration::from_hours(1);
    catalogue
        .add_token(token("old", 1, Some(past)))
        .await
        .unwrap();
    catalogue
        .add_token(token("new", 2, Some(later)))
        .await
        .unwrap();
    assert!(catalogue.token_sign_in([1; 32]).await.unwrap().is_none());
    assert!(catalogue.token_sign_in([2; 32]).await.unwrap().is_some());
    catalogue.remove_user("ann", true).await.unwrap();
    assert!(catalogue.token_sign_in([2; 32]).await.unwrap().is_none());
    assert!(catalogue.tokens(None).await.unwrap().is_empty());
    catalogue
        .add_user(user("ann", Level::BASE, ""))
        .await
        .unwrap();
    assert!(catalogue.token_sign_in([2; 32]).await.unwrap().is_none());
}

pub(crate) async fn a_session_ends_with_time_password_or_user(catalogue: &Catalogue) {
    let ann = catalogue
        .add_user(user("ann", Level::BASE, ""))
        .await
        .unwrap()
        .id;
    let now = catalogue.now();
    let session = |secret: u8, seconds| NewSession {
        user: ann,
        secret: [secret; 32],
        csrf: format!("csrf{secret}"),
        expires_at: now + SignedDuration::from_secs(seconds),
    };
    catalogue.begin_session(session(1, 3600)).await.unwrap();
    catalogue.begin_session(session(2, -1)).await.unwrap();
    let found = catalogue.session([1; 32]).await.unwrap().unwrap();
    assert_eq!((found.principal.id, found.csrf.as_str()), (ann, "csrf1"));
    assert!(catalogue.session([2; 32]).await.unwrap().is_none());
    assert!(catalogue.session([3; 32]).await.unwrap().is_none());
    catalogue.end_session([1; 32]).await.unwrap();
    assert!(catalogue.session([1; 32]).await.unwrap().is_none());

    catalogue.begin_session(session(4, 3600)).await.unwrap();
    let change = |hash, kept| catalogue.set_password("ann", hash, kept);
    change("another", None).await.unwrap();
    assert!(catalogue.session([4; 32]).await.unwrap().is_none());
    for secret in [7, 8] {
        catalogue
            .begin_session(session(secret, 3600))
            .await
            .unwrap();
    }
    change("a third", Some([7; 32])).await.unwrap();
    assert!(catalogue.session([7; 32]).await.unwrap().is_some());
    assert!(catalogue.session([8; 32]).await.unwrap().is_none());
    // One that is over does not come back, nor is anybody else's kept.
    change("a fourth", Some([8; 32])).await.unwrap();
    for secret in [7, 8] {
        assert!(catalogue.session([secret; 32]).await.unwrap().is_none());
    }
    catalogue.begin_session(session(5, 3600)).await.unwrap();
    catalogue.remove_user("ann", true).await.unwrap();
    assert!(catalogue.session([5; 32]).await.unwrap().is_none());
    assert!(catalogue.begin_session(session(6, 3600)).await.is_err());
    assert!(!format!("{found:?}").contains("csrf1"));
}

pub(crate) async fn a_request_is_done_once(catalogue: &Catalogue) {
    let ann = catalogue
        .add_user(user("ann", Level::BASE, ""))
        .await
        .unwrap()
        .id;
    let bob = catalogue
        .add_user(user("bob", Level::BASE, ""))
        .await
        .unwrap()
        .id;
    let (one, other) = (Sha256([1; 32]), Sha256([2; 32]));
    let begin = |user, request| catalogue.begin_request(user, "k", request);
    assert_eq!(begin(ann, one).await.unwrap(), Repeat::First);
    assert_eq!(begin(ann, one).await.unwrap(), Repeat::Running);
    assert_eq!(begin(ann, other).await.unwrap(), Repeat::Conflict);
    assert_eq!(
        begin(bob, other).await.unwrap(),
        Repeat::First,
        "keys are one's own"
    );
    let answer = StoredAnswer {
        status: 201,
        headers: vec![("location".to_owned(), "/x\"y".to_owned())],
        body: vec![0, 255, b'"'],
    };
    catalogue
        .finish_request(ann, "k", answer.clone())
        .await
        .unwrap();
    assert_eq!(begin(ann, one).await.unwrap(), Repeat::Done(answer));
    assert_eq!(begin(ann, other).await.unwrap(), Repeat::Conflict);
    catalogue.forget_request(bob, "k").await.unwrap();
    assert_eq!(begin(bob, one).await.unwrap(), Repeat::First);
}
