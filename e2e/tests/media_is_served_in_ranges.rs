//! The stored file as it is: type, length, name, entity tag, and any part of it.

use e2e::{RECORDINGS, Source, System, http};

#[test]
fn the_file_and_any_part_of_it() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let _ = Source::run(&server, &["--seconds", "1"]);
    let detail = &server.recordings("boss", 1)[0];
    let whole = server.media("boss", detail);
    let path = format!("{RECORDINGS}/{}/media", detail["id"].as_str().unwrap());
    let credentials = http::basic("boss", &e2e::system::password("boss"));
    let get = |method: &str, range: &str| {
        let mut headers = vec![("Authorization", &*credentials)];
        if !range.is_empty() {
            headers.push(("Range", range));
        }
        http::request(server.http, method, &path, &headers)
    };

    let all = get("GET", "");
    assert_eq!((all.status, &all.body), (200, &whole));
    assert_eq!(all.header("Accept-Ranges"), Some("bytes"));
    assert!(
        all.header("Content-Type")
            .is_some_and(|kind| kind.contains("wav")),
        "{all:?}"
    );
    let name = format!(
        "filename=\"{}.wav\"",
        detail["referenceNumber"].as_str().unwrap()
    );
    let disposition = all.header("Content-Disposition").unwrap_or_default();
    assert!(
        disposition.starts_with("attachment") && disposition.contains(&name),
        "{disposition}"
    );
    let tag = all.header("ETag").expect("an entity tag").to_owned();
    let head = get("HEAD", "");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(
        head.header("Content-Length"),
        Some(&*whole.len().to_string())
    );

    let size = whole.len();
    for (range, from, to) in [
        ("bytes=0-0".to_owned(), 0, 1),
        ("bytes=44-1043".to_owned(), 44, 1044),
        (format!("bytes={}-", size - 7), size - 7, size),
        ("bytes=-100".to_owned(), size - 100, size),
        (format!("bytes=10-{}", size * 2), 10, size),
    ] {
        let part = get("GET", &range);
        assert_eq!(part.status, 206, "{range}");
        let expected = format!("bytes {from}-{}/{size}", to - 1);
        assert_eq!(part.header("Content-Range"), Some(&*expected), "{range}");
        assert_eq!(part.body, whole[from..to], "{range}");
    }
    for range in ["bytes=0-1,5-6", "bytes=x", "lines=1-2", "bytes=5-2"] {
        let answer = get("GET", range);
        assert_eq!((answer.status, answer.body.len()), (200, size), "{range}");
    }
    let beyond = get("GET", &format!("bytes={size}-"));
    assert_eq!(beyond.status, 416);
    assert_eq!(
        beyond.header("Content-Range"),
        Some(&*format!("bytes */{size}"))
    );

    let headers = [("Authorization", &*credentials), ("If-None-Match", &*tag)];
    let unchanged = http::request(server.http, "GET", &path, &headers);
    assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));
}
