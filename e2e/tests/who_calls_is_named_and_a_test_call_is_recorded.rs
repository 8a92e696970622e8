//! Whoever speaks to the recorder is named by `/api/v1/clients`; a test call placed from there is
//! a recording like any other, and one row of the audit.

use e2e::{PATIENCE, RECORDINGS, System, Wire, wait_for};
use serde_json::{Value, json};

fn clients(server: &e2e::Server) -> Vec<Value> {
    let answer = server.get_as("boss", "/api/v1/clients");
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["items"].as_array().expect("a list").clone()
}

#[test]
fn clients_are_named_and_a_test_call_is_recorded() {
    let client = "[[client]]\nname = \"pbx\"\naddress = \"127.0.0.0/8\"\n\
                  [[client]]\nname = \"other\"\naddress = \"192.0.2.1\"\n";
    let system = System::with_ports(200, &[], client);
    system.add_user("boss", "complete", "", &[]);
    system.add_user("anna", "base", "225", &[]);
    let server = system.start();
    let silent = clients(&server);
    assert_eq!(silent.len(), 2);
    assert_eq!(silent[0]["networks"], json!(["127.0.0.0/8"]));
    assert_eq!(silent[0]["lastContactAt"], Value::Null);

    let mut wire = Wire::udp(server.address("sip-udp"));
    let (id, from) = (e2e::sip::unique(), b"<sip:pbx@example.org>;tag=1");
    let agent = ["User-Agent: Test-PBX 7".to_owned()];
    let to = "<sip:recorder@example.org>";
    let ping = e2e::sip::request(&wire, "OPTIONS", &id, from, to, 1, &agent, b"");
    wire.send(&ping);
    assert_eq!(wire.answer("OPTIONS").status(), 200);
    let pbx = clients(&server)[0].clone();
    assert!(pbx["lastContactAt"].is_string(), "{pbx}");
    assert_eq!(
        (&pbx["userAgent"], &pbx["transports"], &pbx["calls"]),
        (&json!("Test-PBX 7"), &json!(["udp"]), &json!(0))
    );

    let path = "/api/v1/system/test-call";
    assert_eq!(server.post_as("anna", path, "{}").status, 403);
    let called = server.post_as("boss", path, r#"{"local": "225", "seconds": 1}"#);
    assert_eq!(called.status, 200, "{}", called.text());
    let called = called.json();
    assert_eq!(
        (&called["answered"], &called["status"]),
        (&json!(true), &json!(200))
    );
    let id = called["id"].as_str().expect("it is recorded");
    let recording = wait_for("the recording", PATIENCE, || {
        let answer = server.get_as("anna", &format!("{RECORDINGS}/{id}"));
        (answer.status == 200).then(|| answer.json())
    });
    e2e::lasts(&recording, 1000);
    let pbx = clients(&server)[0].clone();
    assert_eq!(pbx["calls"], 1, "{pbx}");
    assert!(pbx["lastCallAt"].is_string());
    let audit = server.get_as("boss", "/api/v1/audit?action=PlaceTestCall");
    assert_eq!(audit.json()["items"].as_array().unwrap().len(), 1);
}
