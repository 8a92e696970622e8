//! Promise 20: metadata made to break whoever reads them. Ten thousand participants, entities that
//! grow, elements in elements, thousands of attributes, a megabyte of text: the call is answered
//! and recorded, what came is kept as it came, and neither memory nor other calls pay for it.

use std::time::Instant;

use e2e::{Dialog, Invite, Server, System, Wire, contains, files_below, sip, usage};

/// Memory each of them may cost at most, in KiB; what is measured is printed.
const MEMORY_KIB_MAX: u64 = 64 << 10;
/// Nothing over TCP may be longer than a mebibyte, all of a message together.
const BODY_BYTES: usize = 1_040_000;

fn participants(count: usize) -> String {
    let whole = sip::metadata("AAAAAAAAAAAAAAAAAAAABQ==", sip::LOCAL, sip::REMOTE);
    let more: String = (0..count)
        .map(|n| {
            let aor = format!("<nameID aor=\"sip:{n}@pbx\"/>");
            format!("<participant participant_id=\"p{n}\">{aor}</participant>\n")
        })
        .collect();
    whole.replace("</recording>", &format!("{more}</recording>"))
}

/// What breaks a reader that believes everything, each by its name.
fn bombs() -> Vec<(&'static str, String)> {
    let root = "<recording xmlns=\"urn:ietf:params:xml:ns:recording:1\"";
    let of = |one: &dyn Fn(usize) -> String, bytes: usize| {
        let mut text = String::new();
        for number in 0.. {
            text.push_str(&one(number));
            if text.len() >= bytes {
                return text;
            }
        }
        text
    };
    let laughs: String = (1..10)
        .map(|n| {
            let before = format!("&l{};", n - 1);
            format!("<!ENTITY l{n} \"{}\">", before.repeat(10))
        })
        .collect();
    let attributes = of(&|n| format!(" a{n}=\"\""), BODY_BYTES);
    let prefixes = of(&|n| format!("<a xmlns:p{n}=\"u{n}\">"), BODY_BYTES / 2);
    let deep = BODY_BYTES / 8;
    vec![
        ("ten thousand participants", participants(10_000)),
        (
            "entities of entities",
            format!("<!DOCTYPE r [<!ENTITY l0 \"ha\">{laughs}]>{root}>&l9;</recording>"),
        ),
        (
            "an entity from a file",
            format!(
                "<!DOCTYPE r [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>{root}>&f;</recording>"
            ),
        ),
        (
            "elements in elements",
            format!(
                "{root}>{}{}</recording>",
                "<a>".repeat(deep),
                "</a>".repeat(deep)
            ),
        ),
        ("attributes", format!("{root}{attributes}/>")),
        ("prefixes", format!("{root}>{prefixes}")),
        (
            "text",
            format!("{root}>{}</recording>", "x".repeat(BODY_BYTES)),
        ),
        (
            "elements",
            format!("{root}>{}</recording>", "<a/>".repeat(BODY_BYTES / 4)),
        ),
    ]
}

fn call(server: &Server, metadata: &str) -> (Dialog, std::time::Duration) {
    let mut invite = Invite::new();
    invite.metadata = Some(metadata.as_bytes().to_vec());
    let mut wire = Wire::tcp(server.address("sip-tcp"));
    let bytes = invite.bytes(&wire);
    let began = Instant::now();
    wire.send(&bytes);
    let answer = wire.answer("INVITE");
    let took = began.elapsed();
    (Dialog::after(wire, &invite, answer), took)
}

#[test]
fn promise_20_calls_are_recorded_whatever_is_said_of_them() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let mut other = Dialog::establish(Wire::udp(server.address("sip-udp")), &Invite::new());
    other.talk(0, 25);
    let before = usage(&server);
    let bombs = bombs();
    for (count, (name, metadata)) in (1..).zip(&bombs) {
        let (mut dialog, took) = call(&server, metadata);
        dialog.talk(0, 10);
        // In the dialog it is worth no more.
        let kind = ["Content-Type: application/rs-metadata+xml".to_owned()];
        let again = dialog.ask("UPDATE", &kind, metadata.as_bytes());
        assert!(again.status() >= 200, "{name}: {again:?}");
        dialog.bye();
        // Rendered and archived, too, before the next one comes.
        let _ = server.recordings("boss", count);
        let bytes = metadata.len();
        println!(
            "{name}, {bytes} bytes: answered in {took:?}; {}",
            usage(&server)
        );
    }
    other.talk(25, 25);
    other.bye();
    let details = server.recordings("boss", bombs.len() + 1);
    let sound: Vec<u64> = details
        .iter()
        .map(|d| d["size"].as_u64().unwrap_or(0))
        .collect();
    assert!(
        sound.iter().all(|bytes| *bytes >= 44 + 180 * 32),
        "{details:?}"
    );
    let after = usage(&server);
    println!("before {before}, after {after}");
    let grown = after.most_kib.saturating_sub(before.memory_kib);
    assert!(grown < MEMORY_KIB_MAX, "{grown} KiB more");

    // What came is kept as it came, for whoever understands more of it one day.
    let kept = files_below(&system.data().join("archive"));
    let kept: Vec<Vec<u8>> = kept
        .iter()
        .filter_map(|path| std::fs::read(path).ok())
        .collect();
    for needle in ["p9999", "ENTITY l9", "a9999", "xmlns:p999"] {
        let found = kept.iter().any(|bytes| contains(bytes, needle.as_bytes()));
        assert!(found, "{needle} is kept nowhere");
    }
    assert!(
        !kept.iter().any(|bytes| contains(bytes, b"root:")),
        "a file was read"
    );
}
