use super::*;
use model::access::DeleteBy;
use std::fs;
use std::time::Duration;

fn surroundings(environment: &[(&str, &str)]) -> Surroundings {
    Surroundings {
        file: None,
        environment: environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        directory: PathBuf::from("/somewhere"),
        host: "recorder-1".to_owned(),
    }
}

fn with_environment(environment: &[(&str, &str)]) -> Result<Settings, String> {
    load(&surroundings(environment)).map_err(|faults| faults.to_string())
}

fn with_file(text: &str) -> Result<Settings, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("earwitness.toml");
    fs::write(&file, text).unwrap();
    let surroundings = Surroundings {
        file: Some(file),
        ..surroundings(&[])
    };
    load(&surroundings).map_err(|faults| faults.to_string())
}

/// Where each value came from, and the value as shown.
fn line(settings: &Settings, name: &str) -> (String, Source) {
    let line = settings
        .lines
        .iter()
        .find(|line| line.name() == name)
        .unwrap();
    (line.shown(), line.source.clone())
}

#[test]
fn every_default_is_the_promised_one() {
    let settings = with_environment(&[]).unwrap();
    assert_eq!(settings.server.data, Path::new("/somewhere/data"));
    assert_eq!(settings.server.node, "recorder-1");
    assert_eq!(settings.server.drain, Duration::from_secs(30));
    assert_eq!(
        settings.http.listen,
        Some("127.0.0.1:8080".parse().unwrap())
    );
    assert!(settings.http.https.is_none() && settings.http.public_url.is_none());
    assert!(settings.http.trusted_proxies.is_empty());
    assert_eq!(settings.sip.udp, ["127.0.0.1:5060".parse().unwrap()]);
    assert_eq!(settings.sip.tcp, ["127.0.0.1:5060".parse().unwrap()]);
    assert_eq!(settings.sip.advertise, None);
    assert_eq!(
        settings.sip.allow,
        ["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()]
    );
    assert_eq!(
        settings.rtp.listen,
        ["127.0.0.1".parse::<std::net::IpAddr>().unwrap()]
    );
    assert_eq!(settings.rtp.ports, 16_384..=32_767);
    assert_eq!(settings.rtp.accept, Accept::Any);
    assert_eq!(settings.rtp.srtp, siprec::Srtp::Optional);
    assert_eq!(settings.recording.max_sample_rate_hz, 16_000);
    assert!(!settings.recording.mute_keys);
    assert_eq!(settings.recording.loss_window, Duration::from_millis(500));
    assert_eq!(
        settings.recording.silence_limit,
        Duration::from_secs(4 * 3_600)
    );
    assert_eq!(settings.limits.calls, None);
    assert_eq!(settings.limits.spool_bytes, None);
    assert_eq!(settings.limits.disk_reserve_bytes, 1 << 30);
    assert!(settings.clients.is_empty());
    assert_eq!(settings.delete, DeleteBy::Complete);
    assert_eq!(settings.catalogue_url, "sqlite:catalogue.db");
    assert_eq!(settings.archive_url, "file:archive");
    assert_eq!(settings.keep_journal, KeepJournal::Undecodable);
    assert!(
        settings
            .lines
            .iter()
            .all(|line| line.source == Source::Default)
    );
}

#[test]
fn the_environment_goes_before_the_file_and_the_file_before_the_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("earwitness.toml");
    fs::write(
        &file,
        "[server]\ndata = \"d\"\n[http]\nlisten = \"127.0.0.1:1\"\n",
    )
    .unwrap();
    let surroundings = Surroundings {
        file: Some(file.clone()),
        ..surroundings(&[("EARWITNESS_HTTP__LISTEN", "127.0.0.1:2")])
    };
    let settings = load(&surroundings).unwrap();
    assert_eq!(settings.server.data, folder.path().join("d"));
    let variable = Source::Environment("EARWITNESS_HTTP__LISTEN".to_owned());
    assert_eq!(
        line(&settings, "http.listen"),
        ("\"127.0.0.1:2\"".to_owned(), variable)
    );
    assert_eq!(
        line(&settings, "server.data"),
        ("\"d\"".to_owned(), Source::File(file))
    );
    assert_eq!(
        line(&settings, "sip.tls"),
        ("[]".to_owned(), Source::Default)
    );
}

#[test]
fn variables_are_toml_with_quotes_optional() {
    let settings = with_environment(&[
        ("EARWITNESS_SIP__UDP", r#"["127.0.0.1:0", "[::1]:0"]"#),
        ("EARWITNESS_SIP__TCP", "[::1]:5070"),
        ("EARWITNESS_HTTP__LISTEN", "\"127.0.0.1:0\""),
        ("EARWITNESS_SERVER__NODE", "7"),
        ("EARWITNESS_SERVER__DRAIN", "5s"),
        ("EARWITNESS_SERVER__DATA", "/srv/earwitness"),
        ("EARWITNESS_LIMITS__CALLS", "12"),
        ("EARWITNESS_LIMITS__SPOOL", "64MiB"),
        ("EARWITNESS_LIMITS__DISK_RESERVE", "0"),
        ("EARWITNESS_RTP__LISTEN", "[\"0.0.0.0\", \"::\"]"),
        ("EARWITNESS_SIP__ALLOW", ""),
        (
            "EARWITNESS_CLIENT",
            r#"[{ name = "a", address = "10.0.0.1", caller = "label:1" }]"#,
        ),
        ("EARWITNESS_CONFIG", "ignored here"),
        ("EARWITNESS_LOG", "debug"),
        ("EARWITNESS_PORT", "tcp://10.0.0.1:80"),
        ("OTHER", "x"),
    ])
    .unwrap();
    assert_eq!(settings.sip.udp.len(), 2);
    assert_eq!(settings.sip.tcp, ["[::1]:5070".parse().unwrap()]);
    assert_eq!(settings.http.listen, Some("127.0.0.1:0".parse().unwrap()));
    assert_eq!(settings.server.node, "7");
    assert_eq!(settings.server.drain, Duration::from_secs(5));
    assert_eq!(settings.server.data, Path::new("/srv/earwitness"));
    assert_eq!(settings.limits.calls, Some(12));
    assert_eq!(settings.limits.spool_bytes, Some(64 << 20));
    assert_eq!(settings.limits.disk_reserve_bytes, 0);
    assert_eq!(settings.rtp.listen.len(), 2);
    assert!(settings.sip.allow.is_empty());
    assert_eq!(
        settings.clients[0].caller,
        siprec::Caller::Label("1".to_owned())
    );
}

#[test]
fn listeners_may_be_absent() {
    let settings = with_file("[http]\nlisten = \"\"\n[sip]\nudp = []\ntcp = []\n").unwrap();
    assert_eq!(settings.http.listen, None);
    assert!(settings.sip.udp.is_empty() && settings.sip.tcp.is_empty());
}

#[test]
fn clients_are_read_and_held_to_their_form() {
    let settings = with_file(
        "[[client]]\nname = \"sbc\"\naddress = [\"10.0.0.0/24\", \"::1\"]\nstrict = true\n\
         caller = \"first-participant\"\n[[client]]\nname = \"pbx\"\naddress = \"10.1.0.1\"\n",
    )
    .unwrap();
    assert!(settings.clients[0].strict && !settings.clients[1].strict);
    assert!(settings.clients[0].networks[0].contains("10.0.0.77".parse().unwrap()));
    assert_eq!(settings.clients[1].caller, siprec::Caller::Unknown);

    let text = with_file(
        "[[client]]\nname = \"sbc\"\nadress = \"10.0.0.1\"\ncaller = \"me\"\n\
         [[client]]\nname = \"sbc\"\naddress = \"10.0.0.1\"\n",
    )
    .unwrap_err();
    for part in [
        "client[0].adress: there is no such setting; did you mean `address`?",
        "client[0].address: needed in each [[client]]",
        "client[0].caller: \"me\" is not accepted; accepted: unknown, first-participant, label:L",
        "client[1].name: \"sbc\" is not accepted",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn faults_name_place_key_value_and_what_is_accepted() {
    for (file, expected) in [
        (
            "[http]\nlisten = \"here\"",
            "http.listen: \"here\" is not accepted; accepted: an addr",
        ),
        (
            "[http]\nlisen = \"x\"",
            "http.lisen: there is no such setting; did you mean `listen`?",
        ),
        (
            "[htpp]\nlisten = \"x\"",
            "htpp.listen: there is no such setting; did you mean `http`?",
        ),
        ("[zzzzzzz]\na = 1", "known here: server, http, sip, rtp"),
        ("http = 1", "http: a section is needed: [http]"),
        (
            "client = 1",
            "client: accepted: tables, each begun by [[client]]",
        ),
        ("[http\n", "not TOML: "),
        (
            "[server]\ndrain = \"30\"",
            "server.drain: \"30\" is not accepted; accepted: a whole",
        ),
        (
            "[server]\ndata = 7",
            "server.data: 7 is not accepted; accepted: a text in quotes",
        ),
        (
            "[limits]\nspool = \"64MB/s\"",
            "limits.spool: \"64MB/s\" is not accepted; accepted: 0",
        ),
        ("[limits]\ncalls = -1", "limits.calls: -1 is not accepted"),
        (
            "[sip]\nallow = [\"10.0.0.0/33\"]",
            "sip.allow: [\"10.0.0.0/33\"] is not accepted",
        ),
        (
            "[sip]\nadvertise = \"a b\"",
            "sip.advertise: \"a b\" is not accepted",
        ),
        (
            "[rtp]\nports = \"100-100\"",
            "rtp.ports: \"100-100\" is not accepted",
        ),
        (
            "[rtp]\nlisten = [\"10.0.0.1\", \"10.0.0.2\"]",
            "rtp.listen: ",
        ),
        (
            "[rtp]\naccept = \"all\"",
            "rtp.accept: \"all\" is not accepted; accepted: any, sdp",
        ),
        (
            "[recording]\nmax_sample_rate = 11025",
            "accepted: 8000, 16000, 24000, 32000 or 48000",
        ),
        (
            "[recording]\nloss_window = \"0s\"",
            "recording.loss_window: \"0s\" is not accepted",
        ),
        (
            "[rights]\ndelete = \"all\"",
            "accepted: complete, supervisor, owner",
        ),
    ] {
        let text = with_file(file).unwrap_err();
        assert!(text.contains(expected), "{expected} in {text}");
        assert!(text.contains("earwitness.toml"), "{text}");
    }
}

#[test]
fn faults_in_variables_name_the_variable() {
    for (name, value, expected) in [
        (
            "EARWITNESS_HTTP__LISTEN",
            "here",
            "environment EARWITNESS_HTTP__LISTEN: http.listen: ",
        ),
        ("EARWITNESS_HTTP__LISEN", "x", "did you mean `listen`?"),
        (
            "EARWITNESS_HTTP_LISTEN",
            "x",
            "did you mean `EARWITNESS_HTTP__LISTEN`?",
        ),
        ("EARWITNESS_CLIENT", "x", "accepted: tables"),
    ] {
        let text = with_environment(&[(name, value)]).unwrap_err();
        assert!(text.contains(expected), "{expected} in {text}");
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let text = with_file("[server]\ndrain = 1\n[http]\nlisten = 2\n").unwrap_err();
    assert_eq!(text.lines().count(), 2, "{text}");
}

#[test]
fn what_this_build_has_not_is_refused_with_what_it_has() {
    for (file, expected) in [
        (
            "[catalogue]\nurl = \"postgres://u:geheim@h/d\"",
            "accepted: sqlite:PATH",
        ),
        ("[archive]\nurl = \"s3://bucket/x\"", "accepted: file:PATH"),
        (
            "[recording]\nformat = \"flac\"",
            "\"flac\" is not accepted; accepted: wav",
        ),
        (
            "[recording]\nkeypad_tones = \"beep\"",
            "accepted: keep, mute",
        ),
        (
            "[rtp]\nsrtp = \"always\"",
            "\"always\" is not accepted; accepted: optional, required, off",
        ),
    ] {
        let text = with_file(file).unwrap_err();
        assert!(text.contains(expected), "{expected} in {text}");
        assert!(!text.contains("geheim"), "{text}");
    }
}

#[test]
fn https_needs_its_certificate_and_its_key() {
    let text = with_file("[http]\nhttps_listen = \"0.0.0.0:8443\"\n").unwrap_err();
    for key in ["http.tls_certificate", "http.tls_key"] {
        let expected = format!("{key}: \"\" is not accepted; accepted: the path of a PEM file");
        assert!(text.contains(&expected), "{text}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("earwitness.toml");
    let text = "[http]\nhttps_listen = \"[::]:8443\"\ntls_certificate = \"tls/server.pem\"\n\
                tls_key = \"/etc/key.pem\"\n";
    fs::write(&file, text).unwrap();
    let surroundings = Surroundings {
        file: Some(file),
        ..surroundings(&[])
    };
    let https = load(&surroundings).unwrap().http.https.unwrap();
    assert_eq!(https.listen, "[::]:8443".parse().unwrap());
    assert_eq!(https.certificate, folder.path().join("tls/server.pem"));
    assert_eq!(https.key, Path::new("/etc/key.pem"));
}

#[test]
fn links_begin_with_an_address_that_can_be_added_to() {
    for (given, taken) in [
        (
            "https://recorder.example.com",
            "https://recorder.example.com",
        ),
        ("http://[::1]:8080/calls/", "http://[::1]:8080/calls"),
    ] {
        let settings = with_environment(&[("EARWITNESS_HTTP__PUBLIC_URL", given)]).unwrap();
        assert_eq!(settings.http.public_url.as_deref(), Some(taken));
    }
    for wrong in [
        "recorder.example.com",
        "https://",
        "https://a b",
        "ftp://a",
        "http://a?b",
    ] {
        let text = with_environment(&[("EARWITNESS_HTTP__PUBLIC_URL", wrong)]).unwrap_err();
        assert!(text.contains("http.public_url: "), "{text}");
    }
}

#[test]
fn who_may_delete_is_one_of_three() {
    for (word, by) in [
        ("complete", DeleteBy::Complete),
        ("supervisor", DeleteBy::Supervisor),
        ("owner", DeleteBy::Owner),
    ] {
        let settings = with_environment(&[("EARWITNESS_RIGHTS__DELETE", word)]).unwrap();
        assert_eq!(settings.delete, by);
    }
}

#[test]
fn secrets_come_from_files_and_are_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("key"), "very-secret\n").unwrap();
    let file = folder.path().join("earwitness.toml");
    fs::write(&file, "[archive]\nsecret_access_key_file = \"key\"\n").unwrap();
    let surroundings = Surroundings {
        file: Some(file.clone()),
        ..surroundings(&[])
    };
    let settings = load(&surroundings).unwrap();
    let name = "archive.secret_access_key";
    let read = settings
        .lines
        .iter()
        .find(|line| line.name() == name)
        .unwrap();
    assert_eq!(read.value.as_str(), Some("very-secret"));
    assert_eq!(
        line(&settings, name),
        ("\"***\"".to_owned(), Source::File(file.clone()))
    );
    assert_eq!(line(&settings, "archive.access_key_id").0, "\"\"");

    fs::write(&file, "[archive]\nsecret_access_key_file = \"none\"\n").unwrap();
    let text = load(&surroundings).unwrap_err().to_string();
    assert!(
        text.contains("archive.secret_access_key_file: ") && text.contains("none"),
        "{text}"
    );
    fs::write(
        &file,
        "[archive]\nsecret_access_key_file = \"key\"\nsecret_access_key = \"x\"\n",
    )
    .unwrap();
    assert!(
        load(&surroundings)
            .unwrap_err()
            .to_string()
            .contains("given twice")
    );
    fs::write(&file, "[http]\nlisten_file = \"key\"\n").unwrap();
    assert!(
        load(&surroundings)
            .unwrap_err()
            .to_string()
            .contains("no such setting")
    );
}

#[test]
fn a_settings_file_that_is_not_there_is_a_fault() {
    let file = Some(PathBuf::from("/nowhere/earwitness.toml"));
    let text = load(&Surroundings {
        file,
        ..surroundings(&[])
    })
    .unwrap_err()
    .to_string();
    assert!(text.starts_with("/nowhere/earwitness.toml: the settings file cannot be read"));
}
