//! Who is let in, and what that costs.

use crate::house::{BASE, House, JOHNS, PASSWORD, basic, request};
use axum::body::Body;
use axum::http::Request;
use catalogue::Changes;
use futures_util::future::join_all;
use model::access::Level;
use std::time::Duration;

async fn with(house: &House, authorization: &[&[u8]]) -> (u16, String) {
    let request = authorization
        .iter()
        .fold(Request::get(format!("{BASE}/{JOHNS}")), |request, value| {
            request.header("authorization", *value)
        });
    let answer = house.send(request.body(Body::empty()).unwrap()).await;
    (
        answer.status.as_u16(),
        answer.header("www-authenticate").to_owned(),
    )
}

#[tokio::test]
async fn what_is_no_credential_is_401_with_a_challenge_and_costs_nothing() {
    let house = House::new().await;
    let good = basic("john_doe", PASSWORD);
    let two = [good.as_bytes(), good.as_bytes()];
    let long = format!("Basic {}", "YTph".repeat(10_000));
    for values in [
        &[] as &[&[u8]],
        &[b""],
        &[b"Basic"],
        &[b"Basic "],
        &[b"Basic !!!"],
        &[b"Basic bm9jb2xvbg=="],
        &[b"Basic //79"],
        &[b"Basic \xff\xfe"],
        &[b"Bearer am9objpwYXNz"],
        &[b"Digest username=\"john_doe\""],
        &[&good.as_bytes()[6..]],
        &[long.as_bytes()],
        &two,
    ] {
        let (status, challenge) = with(&house, values).await;
        assert_eq!(status, 401, "{values:?}");
        assert_eq!(challenge, "Basic realm=\"Earwitness\", charset=\"UTF-8\"");
    }
    assert_eq!(house.argon2_runs(), 0);
}

#[tokio::test]
async fn the_scheme_and_the_name_have_no_case_and_padding_may_be_missing() {
    let house = House::new().await;
    let good = basic("John_DOE", PASSWORD);
    for value in [
        good.clone(),
        good.replace("Basic", "bAsIC"),
        good.replace("Basic ", "Basic   "),
        good.trim_end_matches('=').to_owned(),
    ] {
        assert_eq!(with(&house, &[value.as_bytes()]).await.0, 200, "{value}");
    }
    assert_eq!(house.argon2_runs(), 1);
}

#[tokio::test]
async fn a_thousand_requests_are_one_argon2_run() {
    let house = House::of_people().await;
    for _ in 0..1000 {
        assert_eq!(house.sign_in("john_doe", PASSWORD).await, 200);
    }
    assert_eq!(house.argon2_runs(), 1);
    house.pass(Duration::from_secs(59));
    assert_eq!(house.sign_in("john_doe", PASSWORD).await, 200);
    assert_eq!(house.argon2_runs(), 1);
    house.pass(Duration::from_secs(1));
    assert_eq!(house.sign_in("john_doe", PASSWORD).await, 200);
    assert_eq!(house.argon2_runs(), 2);
}

#[tokio::test]
async fn requests_at_the_same_time_wait_for_one_run_together() {
    let house = House::of_people().await;
    let all = join_all((0..50).map(|_| house.sign_in("john_doe", PASSWORD))).await;
    assert!(all.iter().all(|status| *status == 200), "{all:?}");
    assert_eq!(house.argon2_runs(), 1);
    let wrong = join_all((0..50).map(|_| house.sign_in("john_doe", "a guess"))).await;
    assert!(wrong.iter().all(|status| *status == 401), "{wrong:?}");
    assert_eq!(house.argon2_runs(), 2);
}

#[tokio::test]
async fn unknown_users_cost_as_much_as_known_ones() {
    let house = House::of_people().await;
    let long = "x".repeat(5000);
    let names = ["john_doe", "nobody", "", "nopass", long.as_str()];
    for (runs, username) in names.into_iter().enumerate() {
        assert_eq!(house.argon2_runs(), runs as u64, "before {username}");
        assert_eq!(house.sign_in(username, "wrong").await, 401);
    }
    assert_eq!(house.argon2_runs(), names.len() as u64);
}

#[tokio::test]
async fn a_user_without_a_password_gets_in_with_none() {
    let house = House::of_people().await;
    for password in ["", " ", PASSWORD] {
        assert_eq!(house.sign_in("nopass", password).await, 401, "{password:?}");
    }
}

#[tokio::test]
async fn a_changed_password_is_refused_at_the_next_request() {
    let house = House::of_people().await;
    assert_eq!(house.sign_in("john_doe", PASSWORD).await, 200);
    let hash = api::passwords::hash("another one").unwrap();
    house
        .catalogue
        .set_password("john_doe", &hash, None)
        .await
        .unwrap();
    assert_eq!(house.sign_in("john_doe", PASSWORD).await, 401);
    assert_eq!(house.sign_in("john_doe", "another one").await, 200);
}

#[tokio::test]
async fn levels_and_groups_are_those_of_the_moment() {
    let house = House::new().await;
    let path = format!("{BASE}/{JOHNS}");
    assert_eq!(house.get("john_doe", &path).await.status, 200);
    let level = |level| Changes {
        level: Some(level),
        ..Changes::default()
    };
    house
        .catalogue
        .set_user("john_doe", level(Level::RECORD), false)
        .await
        .unwrap();
    assert_eq!(house.get("john_doe", &path).await.status, 403);
    house
        .catalogue
        .set_user("john_doe", level(Level::BASE), false)
        .await
        .unwrap();
    assert_eq!(house.get("john_doe", &path).await.status, 200);

    assert_eq!(house.get("jane_roe", &path).await.status, 200);
    let alone = Changes {
        supervises: Some(Vec::new()),
        ..Changes::default()
    };
    house
        .catalogue
        .set_user("jane_roe", alone, false)
        .await
        .unwrap();
    assert_eq!(house.get("jane_roe", &path).await.status, 403);
}

#[tokio::test]
async fn a_removed_user_is_refused_at_the_next_request() {
    let house = House::of_people().await;
    assert_eq!(house.sign_in("john_doe", PASSWORD).await, 200);
    house
        .catalogue
        .remove_user("john_doe", false)
        .await
        .unwrap();
    assert_eq!(house.sign_in("john_doe", PASSWORD).await, 401);
}

#[tokio::test]
async fn head_signs_in_like_get() {
    let house = House::new().await;
    let path = format!("{BASE}/{JOHNS}");
    let head = house
        .send(
            request("HEAD", "john_doe", &path)
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    let get = house.get("john_doe", &path).await;
    assert_eq!((head.status, head.body.len()), (get.status, 0));
    assert_eq!(head.headers, get.headers);
    assert_eq!(get.header("content-length"), get.body.len().to_string());
    let stranger = Request::head(path).body(Body::empty()).unwrap();
    assert_eq!(house.send(stranger).await.status, 401);
}
