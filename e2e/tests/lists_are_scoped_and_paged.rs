//! The list shows each user what that user may see, newest first and in pages; what is not theirs
//! is 403 when asked for by its id.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use e2e::http::is_error;
use e2e::scene::scene;
use e2e::{RECORDINGS, Server, keys_in_order};
use serde_json::json;

const ROW_KEYS: [&str; 8] = [
    "id",
    "referenceNumber",
    "startTime",
    "duration",
    "direction",
    "localPartyNumber",
    "remotePartyNumber",
    "ownerUsername",
];

#[test]
fn who_may_not_see_it_gets_403_and_a_shorter_list() {
    let scene = scene();
    let matrix = [
        ("boss", [200, 200, 200], Some(3)),
        ("anna", [200, 403, 403], Some(1)),
        ("bruno", [403, 200, 403], Some(1)),
        ("sergio", [200, 403, 403], Some(1)),
        ("carla", [403, 403, 403], None),
        ("nora", [403, 403, 403], None),
    ];
    for (user, statuses, listed) in matrix {
        for (id, status) in [&scene.anna, &scene.bruno, &scene.nobody]
            .into_iter()
            .zip(statuses)
        {
            let path = format!("{RECORDINGS}/{id}");
            assert_eq!(scene.server.get_as(user, &path).status, status, "{user}");
            let media = scene.server.get_as(user, &format!("{path}/Media"));
            assert_eq!(media.status, status, "{user}");
        }
        let list = scene.server.get_as(user, RECORDINGS);
        let Some(count) = listed else {
            is_error(&list, 403);
            continue;
        };
        assert_eq!(list.status, 200);
        assert_eq!(keys_in_order(&list.text()), ["totalCount", "recordings"]);
        assert_eq!(list.json()["totalCount"], count, "{user}");
        assert_eq!(
            list.json()["recordings"].as_array().unwrap().len(),
            count,
            "{user}"
        );
    }
    pages(&scene.server);
}

fn pages(server: &Server) {
    let get = |query: &str| server.get_as("boss", &format!("{RECORDINGS}{query}"));
    let all = get("").json()["recordings"].as_array().unwrap().clone();
    let starts: Vec<_> = all
        .iter()
        .map(|row| row["startTime"].as_str().unwrap())
        .collect();
    assert!(
        starts.is_sorted_by(|a, b| a >= b),
        "newest first: {starts:?}"
    );
    let text = get("?page=0&pageSize=1").text();
    let row = &text[text.find("[{").unwrap() + 1..text.rfind("}]").unwrap() + 1];
    assert_eq!(keys_in_order(row), ROW_KEYS);
    for (query, rows) in [
        ("?page=0&pageSize=2", &all[..2]),
        ("?page=1&pageSize=2", &all[2..]),
        ("?page=7&pageSize=2", &[]),
        ("/?page=0&pageSize=50", &all[..]),
        ("?pageSize=1", &all[..1]),
        ("?PAGE=1&pagesize=1", &all[1..2]),
    ] {
        let answer = get(query);
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        assert_eq!(
            answer.json(),
            json!({"totalCount": 3, "recordings": rows}),
            "{query}"
        );
    }
    for query in [
        "?page=0",
        "?page=-1&pageSize=1",
        "?page=x&pageSize=1",
        "?page=0&pageSize=0",
    ] {
        let answer = get(query);
        is_error(&answer, 400);
        assert_eq!(answer.json()["reason"], 1, "{query}");
    }
}
