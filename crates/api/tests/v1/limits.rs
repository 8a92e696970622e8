//! How much anybody may ask, and what goes with every answer.

use crate::office::{Office, PASSWORD, basic};
use api::RateLimit;

#[tokio::test]
async fn one_address_and_one_user_get_so_many_answers() {
    let few = RateLimit {
        requests_per_second: 1,
        burst: 3,
    };
    let many = RateLimit {
        requests_per_second: 0,
        burst: 0,
    };
    for (address, user, code) in [
        (few, many, "too-many-requests"),
        (many, few, "too-many-requests"),
    ] {
        let office = Office::with(|mut options| {
            options.rate_per_address = address;
            options.rate_per_user = user;
            options.trusted_proxies = vec!["0.0.0.0".parse().unwrap()];
            let now = std::time::Instant::now();
            options.clock = std::sync::Arc::new(move || now);
            options
        })
        .await;
        let ask = |from: &str| {
            let ask = office.ask("john", "GET", "/api/v1/recordings");
            ask.header("x-forwarded-for", from)
        };
        for _ in 0..3 {
            ask("192.0.2.1").gives(200).await;
        }
        let refused = ask("192.0.2.1").answer().await;
        assert_eq!((refused.status, refused.header("retry-after")), (429, "1"));
        assert_eq!(refused.json()["code"], code);
        for _ in 0..5 {
            ask("127.0.0.1").gives(200).await;
        }
    }
}

#[tokio::test]
async fn every_answer_keeps_browsers_in_check() {
    let office = Office::new().await;
    for path in [
        "/api/v1/recordings",
        "/api/v1/nothing",
        "/api/docs",
        "/api/v1/openapi.json",
    ] {
        let answer = office.ask("john", "GET", path).answer().await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path} {name}");
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    }
}

#[tokio::test]
async fn paths_and_methods_that_are_none_are_problems_before_sign_in() {
    let office = Office::new().await;
    let ask = office.anonymous("GET", "/api/v1/nothing");
    assert_eq!(ask.refused(404).await, "unknown-path");
    let wrong = office.anonymous("DELETE", "/api/v1/users").answer().await;
    assert_eq!(
        (wrong.status, wrong.json()["code"].as_str()),
        (405, Some("wrong-method"))
    );
    assert!(
        wrong.header("allow").contains("POST"),
        "{}",
        wrong.header("allow")
    );
}

#[tokio::test]
async fn too_many_wrong_tokens_slow_an_address_down() {
    let office = Office::new().await;
    let wrong = format!("Bearer ewt_{}", "A".repeat(43));
    let ask = |header: &str| {
        let ask = office.anonymous("GET", "/api/v1/me");
        ask.header("authorization", header)
    };
    for _ in 0..10 {
        ask(&wrong).refused(401).await;
    }
    assert_eq!(ask(&wrong).refused(429).await, "slow-down");
    ask(&basic("john", PASSWORD)).gives(200).await;
}
