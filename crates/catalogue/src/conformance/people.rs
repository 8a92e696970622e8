//! Users, groups, numbers and signing in.

use super::{principal, user};
use crate::{Catalogue, Changes, Error, NewUser};
use model::access::Level;
use model::people::UserId;
use std::collections::BTreeSet;

fn full() -> NewUser {
    NewUser {
        username: "john_doe".to_owned(),
        first_name: "John".to_owned(),
        last_name: "Doe".to_owned(),
        numbers: vec![
            "225".to_owned(),
            "+39 0584-943".to_owned(),
            "JD@Pbx.Example".to_owned(),
        ],
        group: Some("sales".to_owned()),
        supervises: vec![
            "Support".to_owned(),
            "SALES".to_owned(),
            "support".to_owned(),
        ],
        department: "EMEA".to_owned(),
        level: Level::BASE,
        numeric_id: Some(42),
        password_hash: "hash".to_owned(),
    }
}

async fn groups(catalogue: &Catalogue) {
    catalogue.add_group("Sales").await.unwrap();
    catalogue.add_group("Support").await.unwrap();
}

fn text(error: Result<impl std::fmt::Debug, Error>) -> String {
    error.unwrap_err().to_string()
}

pub(crate) async fn a_user_is_returned_as_added(catalogue: &Catalogue) {
    groups(catalogue).await;
    let added = catalogue.add_user(full()).await.unwrap();
    assert_eq!(added.person.username, "john_doe");
    assert_eq!(added.person.first_name, "John");
    assert_eq!(added.person.last_name, "Doe");
    assert_eq!(added.person.phone_number, "225");
    assert_eq!(added.person.group, "Sales");
    assert_eq!(added.person.department, "EMEA");
    assert_eq!(added.numbers, ["225", "+390584943", "JD@Pbx.Example"]);
    assert_eq!(added.supervises, ["Sales", "Support"]);
    assert_eq!((added.level, added.numeric_id), (Level::BASE, Some(42)));

    let plain = catalogue
        .add_user(NewUser::new("Anna", "hash"))
        .await
        .unwrap();
    assert_eq!(plain.level, Level::RECORD);
    assert_eq!(plain.person.group, "");
    assert_eq!(catalogue.users().await.unwrap(), [plain, added]);
}

pub(crate) async fn names_are_unique_without_case(catalogue: &Catalogue) {
    catalogue
        .add_user(NewUser::new("Jürgen", "hash"))
        .await
        .unwrap();
    let taken = catalogue.add_user(NewUser::new("JÜRGEN", "hash")).await;
    assert_eq!(text(taken), "there is already a user Jürgen");
    let bad = catalogue.add_user(NewUser::new("a:b", "hash")).await;
    assert!(matches!(bad, Err(Error::BadUsername(_))));

    catalogue.add_group("Sales").await.unwrap();
    assert_eq!(
        text(catalogue.add_group("SALES").await),
        "there is already a group Sales"
    );
    assert!(matches!(
        catalogue.add_group("a,b").await,
        Err(Error::BadGroupName)
    ));
    assert_eq!(
        catalogue
            .sign_in("jÜRGEN")
            .await
            .unwrap()
            .unwrap()
            .principal
            .username,
        "Jürgen"
    );
    assert_eq!(catalogue.sign_in("nobody").await.unwrap(), None);
    assert_eq!(catalogue.sign_in("a:b").await.unwrap(), None);
}

pub(crate) async fn a_number_has_one_user(catalogue: &Catalogue) {
    groups(catalogue).await;
    catalogue.add_user(full()).await.unwrap();
    let second = |number: &str| NewUser {
        numbers: vec![number.to_owned()],
        ..NewUser::new("jane", "hash")
    };
    let taken = catalogue.add_user(second("225")).await;
    assert_eq!(text(taken), "number 225 already belongs to user john_doe");
    let taken = catalogue.add_user(second("0039 (0584) 943")).await;
    assert_eq!(
        text(taken),
        "number 00390584943 already belongs to user john_doe"
    );
    assert!(catalogue.add_user(second("JD@pbx.EXAMPLE")).await.is_err());
    assert!(matches!(
        catalogue.add_user(second("-")).await,
        Err(Error::BadNumber(_))
    ));
    assert_eq!(
        catalogue.users().await.unwrap().len(),
        1,
        "a refused user is not there"
    );

    let jane = catalogue
        .add_user(second("JD@other.example"))
        .await
        .unwrap();
    let take = Changes {
        numbers: Some(vec!["225".to_owned()]),
        ..Changes::default()
    };
    assert!(
        catalogue
            .set_user("jane", take.clone(), false)
            .await
            .is_err()
    );
    assert_eq!(
        catalogue.users().await.unwrap()[0],
        jane,
        "a refused change changes nothing"
    );
    catalogue.remove_user("john_doe", false).await.unwrap();
    let jane = catalogue.set_user("jane", take, false).await.unwrap();
    assert_eq!(jane.person.phone_number, "225");
}

pub(crate) async fn owners_are_found_by_key(catalogue: &Catalogue) {
    groups(catalogue).await;
    let john = catalogue.add_user(full()).await.unwrap().id;
    let pbx = NewUser {
        numbers: vec!["225@pbx".to_owned()],
        ..NewUser::new("pbx", "hash")
    };
    let pbx = catalogue.add_user(pbx).await.unwrap().id;
    let candidates = [
        "sip:225@PBX",
        "sip:225@b",
        "tel:0039-0584943",
        "sip:226@pbx",
        "sip:jd@x",
    ];
    let keys = candidates
        .iter()
        .map(|a| model::party::keys(a))
        .chain([Vec::new()])
        .collect();
    let owners = catalogue.owners(keys).await.unwrap();
    assert_eq!(
        owners,
        [Some(pbx), Some(john), Some(john), None, None, None]
    );
    catalogue.remove_user("pbx", false).await.unwrap();
    let owners = catalogue
        .owners(vec![model::party::keys("sip:225@pbx")])
        .await
        .unwrap();
    assert_eq!(owners, [Some(john)]);
}

pub(crate) async fn only_what_is_given_changes(catalogue: &Catalogue) {
    groups(catalogue).await;
    let before = catalogue.add_user(full()).await.unwrap();
    let same = catalogue
        .set_user("JOHN_DOE", Changes::default(), false)
        .await
        .unwrap();
    assert_eq!(same, before);
    let changes = Changes {
        first_name: Some("Jack".to_owned()),
        numbers: Some(vec![]),
        group: Some(String::new()),
        supervises: Some(vec!["Support".to_owned()]),
        level: Some(Level::new(7).unwrap()),
        numeric_id: Some(None),
        ..Changes::default()
    };
    let after = catalogue
        .set_user("john_doe", changes, false)
        .await
        .unwrap();
    assert_eq!(
        (
            after.person.first_name.as_str(),
            after.person.last_name.as_str()
        ),
        ("Jack", "Doe")
    );
    assert_eq!(
        (
            after.person.phone_number.as_str(),
            after.person.group.as_str()
        ),
        ("", "")
    );
    assert_eq!(after.numbers, Vec::<String>::new());
    assert_eq!(after.supervises, ["Support"]);
    assert_eq!((after.level.number(), after.numeric_id), (7, None));
    for (known, changed) in [(before.clone(), false), (after.clone(), true)] {
        let only_if = Changes {
            only_if: Some(known),
            ..Changes::default()
        };
        match catalogue.set_user("john_doe", only_if, false).await {
            Ok(same) => assert!(changed && same == after),
            Err(error) => assert!(!changed && matches!(error, Error::Changed)),
        }
    }
    assert_eq!(
        text(catalogue.set_user("jo", Changes::default(), false).await),
        "there is no user jo"
    );
    let long = Changes {
        department: Some("x".repeat(256)),
        ..Changes::default()
    };
    assert!(matches!(
        catalogue.set_user("john_doe", long, false).await,
        Err(Error::BadText {
            field: "a department",
            ..
        })
    ));
}

pub(crate) async fn groups_must_exist_and_be_empty_to_go(catalogue: &Catalogue) {
    let missing = catalogue.add_user(user("a", Level::BASE, "Sales")).await;
    assert_eq!(
        text(missing),
        "group Sales does not exist: add it with `group add Sales`"
    );
    let supervisor = NewUser {
        supervises: vec!["Sales".to_owned()],
        ..NewUser::new("a", "h")
    };
    assert!(matches!(
        catalogue.add_user(supervisor).await,
        Err(Error::NoSuchGroup(_))
    ));
    groups(catalogue).await;
    catalogue.add_user(full()).await.unwrap();
    let listed = catalogue.groups().await.unwrap();
    let listed: Vec<_> = listed
        .iter()
        .map(|g| (g.name.as_str(), g.members))
        .collect();
    assert_eq!(listed, [("Sales", 1), ("Support", 0)]);
    assert_eq!(
        text(catalogue.remove_group("sales").await),
        "group Sales has 1 member: move them to another group first"
    );
    assert!(matches!(
        catalogue.remove_group("x").await,
        Err(Error::NoSuchGroup(_))
    ));

    // A supervised group may go; the supervisor's rights go with it, at once.
    let before = catalogue.sign_in("john_doe").await.unwrap().unwrap();
    catalogue.remove_group("Support").await.unwrap();
    let after = catalogue
        .sign_in_version(before.principal.id)
        .await
        .unwrap()
        .unwrap();
    assert!(after.version > before.version);
    assert_eq!(
        after.principal.supervises.len(),
        before.principal.supervises.len() - 1
    );
    catalogue.add_group("support").await.unwrap();
    assert_eq!(
        principal(catalogue, "john_doe").await,
        after.principal,
        "another group"
    );
}

pub(crate) async fn somebody_keeps_complete_access(catalogue: &Catalogue) {
    catalogue
        .add_user(user("root", Level::COMPLETE, ""))
        .await
        .unwrap();
    catalogue
        .add_user(user("other", Level::BASE, ""))
        .await
        .unwrap();
    let level = |level| Changes {
        level: Some(level),
        ..Changes::default()
    };
    let refused = catalogue.remove_user("Root", false).await;
    assert!(text(refused).starts_with("root is the last user with complete access"));
    let refused = catalogue.set_user("root", level(Level::BASE), false).await;
    assert!(matches!(refused, Err(Error::LastComplete(_))));
    catalogue
        .set_user("root", level(Level::COMPLETE), false)
        .await
        .unwrap();
    catalogue.remove_user("other", false).await.unwrap();

    catalogue
        .add_user(user("second", Level::COMPLETE, ""))
        .await
        .unwrap();
    catalogue
        .set_user("root", level(Level::RECORD), false)
        .await
        .unwrap();
    assert!(catalogue.remove_user("second", false).await.is_err());
    catalogue.remove_user("second", true).await.unwrap();
    catalogue
        .set_user("root", level(Level::COMPLETE), false)
        .await
        .unwrap();
    catalogue
        .set_user("root", level(Level::NONE), true)
        .await
        .unwrap();
}

pub(crate) async fn every_change_shows_in_the_version(catalogue: &Catalogue) {
    groups(catalogue).await;
    let id = catalogue.add_user(full()).await.unwrap().id;
    let mut last = catalogue
        .sign_in("john_doe")
        .await
        .unwrap()
        .unwrap()
        .version;
    let set = |changes: Changes| async move {
        catalogue
            .set_user("john_doe", changes, false)
            .await
            .unwrap();
    };
    for step in 0..6 {
        match step {
            0 => {
                set(Changes {
                    level: Some(Level::RECORD),
                    ..Changes::default()
                })
                .await
            }
            1 => {
                set(Changes {
                    group: Some("Support".to_owned()),
                    ..Changes::default()
                })
                .await
            }
            2 => {
                set(Changes {
                    supervises: Some(vec![]),
                    ..Changes::default()
                })
                .await
            }
            3 => {
                set(Changes {
                    numbers: Some(vec![]),
                    ..Changes::default()
                })
                .await
            }
            4 => catalogue
                .set_password("John_Doe", "other", None)
                .await
                .unwrap(),
            _ => set(Changes::default()).await,
        }
        let standing = catalogue.sign_in_version(id).await.unwrap().unwrap();
        assert!(standing.version > last, "step {step}");
        last = standing.version;
    }
    let now = catalogue.sign_in("john_doe").await.unwrap().unwrap();
    assert_eq!((now.version, now.password_hash.as_str()), (last, "other"));
    assert_eq!(now.principal.level, Level::RECORD);
    assert_eq!(now.principal.supervises, BTreeSet::new());
    assert!(!format!("{now:?}").contains("other"), "no hash in a log");

    catalogue.remove_user("john_doe", false).await.unwrap();
    assert_eq!(catalogue.sign_in_version(id).await.unwrap(), None);
    assert_eq!(catalogue.sign_in("john_doe").await.unwrap(), None);
    assert!(matches!(
        catalogue.set_password("john_doe", "x", None).await,
        Err(Error::NoSuchUser(_))
    ));
    assert_eq!(catalogue.sign_in_version(UserId(999)).await.unwrap(), None);
}

pub(crate) async fn an_old_name_is_a_new_user(catalogue: &Catalogue) {
    let first = catalogue
        .add_user(NewUser::new("bob", "hash"))
        .await
        .unwrap();
    catalogue.remove_user("bob", false).await.unwrap();
    let second = catalogue
        .add_user(NewUser::new("Bob", "hash"))
        .await
        .unwrap();
    assert!(second.id > first.id);
}

pub(crate) async fn preferences_go_with_their_user(catalogue: &Catalogue) {
    let mut ids = Vec::new();
    for name in ["ann", "bob"] {
        let added = catalogue.add_user(user(name, Level::BASE, "")).await;
        ids.push(added.unwrap().id);
    }
    let set = async |id, json: &str| catalogue.set_preferences(id, json.to_owned()).await;
    let kept = async |id| catalogue.preferences(id).await.unwrap();
    assert_eq!(kept(ids[0]).await, None);
    set(ids[0], "{}").await.unwrap();
    set(ids[0], r#"{"a":1}"#).await.unwrap();
    assert_eq!(kept(ids[0]).await.as_deref(), Some(r#"{"a":1}"#));
    assert_eq!(kept(ids[1]).await, None);
    catalogue.remove_user("ann", true).await.unwrap();
    assert_eq!(kept(ids[0]).await, None);
    let late = set(ids[0], "{}").await;
    assert!(matches!(late, Err(Error::NoSuchUser(_))));
}
