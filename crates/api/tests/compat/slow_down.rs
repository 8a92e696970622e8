//! Guessing is slowed down, and nobody is locked out by it. Time is the house's own clock.

use crate::house::{BASE, House, PASSWORD, basic};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use futures_util::future::join_all;
use std::net::SocketAddr;
use std::time::Duration;

/// Status and `Retry-After` of a request from an address.
async fn from(house: &House, address: &str, username: &str, password: &str) -> (u16, String) {
    let mut request = Request::get(BASE)
        .header("authorization", basic(username, password))
        .body(Body::empty())
        .unwrap();
    let peer = SocketAddr::new(address.parse().unwrap(), 50_000);
    request
        .extensions_mut()
        .insert(ConnectInfo(api::Peer::from(peer)));
    let answer = house.send(request).await;
    (
        answer.status.as_u16(),
        answer.header("retry-after").to_owned(),
    )
}

fn refused() -> (u16, String) {
    (401, String::new())
}

fn wait(seconds: &str) -> (u16, String) {
    (429, seconds.to_owned())
}

#[tokio::test]
async fn ten_wrong_passwords_a_minute_for_one_user_from_one_address() {
    let house = House::of_people().await;
    for guess in 0..10 {
        assert_eq!(
            from(&house, "10.0.0.1", "john_doe", &format!("{guess}")).await,
            refused()
        );
        house.pass(Duration::from_secs(1));
    }
    let runs = house.argon2_runs();
    assert_eq!(from(&house, "10.0.0.1", "john_doe", "11").await, wait("50"));
    assert_eq!(
        from(&house, "10.0.0.1", "JOHN_doe", PASSWORD).await,
        wait("50")
    );
    assert_eq!(
        house.argon2_runs(),
        runs,
        "what is slowed down costs nothing"
    );
    // Others are not meant: the user at another address, and another user at this one.
    assert_eq!(from(&house, "10.0.0.2", "john_doe", PASSWORD).await.0, 200);
    assert_eq!(from(&house, "10.0.0.1", "chief", PASSWORD).await.0, 200);
    // A minute after the first guess there is one more.
    house.pass(Duration::from_secs(50));
    assert_eq!(from(&house, "10.0.0.1", "john_doe", "12").await, refused());
    assert_eq!(from(&house, "10.0.0.1", "john_doe", "13").await, wait("1"));
    house.pass(Duration::from_secs(60));
    assert_eq!(from(&house, "10.0.0.1", "john_doe", PASSWORD).await.0, 200);
}

#[tokio::test]
async fn who_is_signed_in_stays_in_beside_a_guesser_at_the_same_address() {
    let house = House::of_people().await;
    assert_eq!(from(&house, "10.0.0.1", "john_doe", PASSWORD).await.0, 200);
    for guess in 0..10 {
        assert_eq!(
            from(&house, "10.0.0.1", "john_doe", &format!("{guess}")).await,
            refused()
        );
    }
    assert_eq!(from(&house, "10.0.0.1", "john_doe", "11").await, wait("60"));
    assert_eq!(from(&house, "10.0.0.1", "john_doe", PASSWORD).await.0, 200);
}

#[tokio::test]
async fn a_hundred_wrong_passwords_a_minute_from_one_address() {
    let house = House::of_people().await;
    let house = &house;
    for user in 0..10 {
        let all = join_all((0..10).map(|guess| async move {
            from(
                house,
                "10.0.0.1",
                &format!("user{user}"),
                &format!("{guess}"),
            )
            .await
        }));
        assert!(all.await.iter().all(|answer| *answer == refused()));
    }
    assert_eq!(house.argon2_runs(), 100);
    assert_eq!(
        from(house, "10.0.0.1", "john_doe", PASSWORD).await,
        wait("60")
    );
    assert_eq!(from(house, "10.0.0.2", "john_doe", PASSWORD).await.0, 200);
}

#[tokio::test]
async fn guesses_at_the_same_time_do_not_pass_the_limit() {
    let house = House::of_people().await;
    let house = &house;
    let all = join_all((0..30).map(|guess| async move {
        from(house, "10.0.0.1", "john_doe", &format!("{guess}"))
            .await
            .0
    }));
    let all = all.await;
    assert_eq!(
        all.iter().filter(|status| **status == 401).count(),
        10,
        "{all:?}"
    );
    assert_eq!(
        all.iter().filter(|status| **status == 429).count(),
        20,
        "{all:?}"
    );
    assert_eq!(house.argon2_runs(), 10);
}

#[tokio::test]
async fn right_passwords_never_slow_down() {
    let house = House::of_people().await;
    for _ in 0..12 {
        assert_eq!(from(&house, "10.0.0.1", "john_doe", PASSWORD).await.0, 200);
        house.pass(Duration::from_millis(4_900));
    }
    assert!(house.argon2_runs() <= 2);
}

#[tokio::test]
async fn forwarded_addresses_count_behind_trusted_proxies_only() {
    for (trusted, second) in [("10.9.0.0/16", 200), ("10.8.0.0/16", 429)] {
        let house = House::with(|mut options| {
            options.trusted_proxies = vec![trusted.parse().unwrap()];
            options
        })
        .await;
        house.people().await;
        let through = async |client: &str, password: &str| {
            let mut request = Request::get(BASE)
                .header("authorization", basic("john_doe", password))
                .header("x-forwarded-for", format!("6.6.6.6, {client}"))
                .body(Body::empty())
                .unwrap();
            let proxy = SocketAddr::from(([10, 9, 0, 1], 443));
            request
                .extensions_mut()
                .insert(ConnectInfo(api::Peer::from(proxy)));
            house.send(request).await.status.as_u16()
        };
        for guess in 0..10 {
            assert_eq!(through("1.2.3.4", &format!("{guess}")).await, 401);
        }
        assert_eq!(through("1.2.3.4", PASSWORD).await, 429);
        assert_eq!(through("1.2.3.5", PASSWORD).await, second, "{trusted}");
    }
}
