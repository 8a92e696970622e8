//! The audit: what is written down, found again and exported.

use super::{hands, id, user};
use crate::audit::csv;
use crate::{AuditFilter, AuditHead, AuditOrder, Catalogue};
use jiff::Timestamp;
use model::Sha256;
use model::access::Level;
use model::audit::{Actor, AuditAction, AuditEvent, Outcome};
use model::filter::TimeFilter;
use std::time::Duration;

fn event(second: i64, who: &str, action: AuditAction) -> AuditEvent {
    AuditEvent {
        from: Some([192, 0, 2, 7].into()),
        ..Actor::system(who, "API").event(at(second), action)
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_514_400 + second).unwrap()
}

/// Three rows: a download, a wrong password, a listening from nowhere.
async fn three(catalogue: &Catalogue) -> [AuditEvent; 3] {
    let mut download = event(1, "Ann", AuditAction::DownloadRecording);
    download.recording = Some(id(1));
    let mut wrong = event(2, "eve", AuditAction::SignInFailed);
    wrong.outcome = Outcome::Refused;
    wrong.details = "Wrong password".to_owned();
    let mut listen = event(3, "ANN", AuditAction::PlayRecording);
    listen.recording = Some(id(2));
    listen.from = None;
    let events = [download, wrong, listen];
    for event in &events {
        catalogue.audit(event.clone()).await.unwrap();
    }
    events
}

async fn numbers(
    catalogue: &Catalogue,
    filter: &AuditFilter,
    order: AuditOrder,
    behind: Option<u64>,
    limit: u64,
) -> Vec<u64> {
    let rows = catalogue.audit_rows(filter, order, behind, limit);
    rows.await.unwrap().iter().map(|row| row.number).collect()
}

pub(crate) async fn what_is_written_down_is_found(catalogue: &Catalogue) {
    let events = three(catalogue).await;
    let all = AuditFilter::default();
    let rows = catalogue.audit_rows(&all, AuditOrder::Oldest, None, 10);
    let found: Vec<_> = rows
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.event)
        .collect();
    assert_eq!(found, events);
    for (order, behind, expected) in [
        (AuditOrder::Newest, Some(3), [2, 1]),
        (AuditOrder::Oldest, Some(1), [2, 3]),
        (AuditOrder::Newest, None, [3, 2]),
        (AuditOrder::Oldest, None, [1, 2]),
    ] {
        assert_eq!(numbers(catalogue, &all, order, behind, 2).await, expected);
    }
}

/// The rows expected, and the condition.
type Search = (&'static [u64], fn(&mut AuditFilter));

pub(crate) async fn what_is_written_down_can_be_searched(catalogue: &Catalogue) {
    three(catalogue).await;
    let searches: [Search; 8] = [
        (&[3, 1], |f| f.who = Some("aNN".to_owned())),
        (&[2], |f| f.action = Some(AuditAction::SignInFailed)),
        (&[1], |f| f.recording = Some(id(1))),
        (&[2], |f| f.outcome = Some(Outcome::Refused)),
        (&[2, 1], |f| f.from = Some([192, 0, 2, 7].into())),
        (&[2], |f| f.text = Some("PASSWORD".to_owned())),
        (&[2], |f| f.at = TimeFilter::between(at(2), at(3))),
        (&[], |f| f.text = Some("%".to_owned())),
    ];
    for (expected, fill) in searches {
        let mut filter = AuditFilter::default();
        fill(&mut filter);
        let found = numbers(catalogue, &filter, AuditOrder::Newest, None, 10).await;
        assert_eq!(found, expected, "{filter:?}");
        let count = catalogue.audit_count(&filter).await.unwrap();
        assert_eq!(count, expected.len() as u64);
    }
}

pub(crate) async fn exports_have_the_form_others_read(catalogue: &Catalogue) {
    let mut first = event(0, "ann", AuditAction::DeleteRecording);
    first.recording = Some(id(1));
    first.details = "said \"no\", twice".to_owned();
    let mut second = event(61, "=cmd()", AuditAction::SignInFailed);
    second.outcome = Outcome::Refused;
    second.from = None;
    for event in [first, second] {
        catalogue.audit(event).await.unwrap();
    }
    let all = AuditFilter::default();
    let rows = catalogue
        .audit_rows(&all, AuditOrder::Oldest, None, 10)
        .await
        .unwrap();
    let lines: Vec<String> = rows.iter().map(csv::line).collect();
    assert_eq!(
        csv::HEADER,
        "Date,Email,IpAddress,AppName,ActionType,Details"
    );
    assert_eq!(
        lines,
        [
            "2026-11-24 10:00:00 +0000 UTC,ann,192.0.2.7,API,DeleteRecording,\
             \"recording 01010101-0101-0101-0101-010101010101; said \"\"no\"\", twice\"",
            "2026-11-24 10:01:01 +0000 UTC,'=cmd(),,API,SignInFailed,refused"
        ]
    );
}

pub(crate) async fn one_listening_is_one_row(catalogue: &Catalogue) {
    let half_an_hour = Duration::from_secs(30 * 60);
    let play = |second, who: &str, recording| AuditEvent {
        recording: Some(id(recording)),
        ..event(second, who, AuditAction::PlayRecording)
    };
    for event in [
        play(0, "ann", 1),
        play(1, "ANN", 1),
        play(1799, "ann", 1),
        play(0, "bob", 1),
        play(0, "ann", 2),
        play(1800, "ann", 1),
        AuditEvent {
            from: None,
            ..play(1, "ann", 1)
        },
    ] {
        catalogue.audit_once(event, half_an_hour).await.unwrap();
    }
    let count = catalogue
        .audit_count(&AuditFilter::default())
        .await
        .unwrap();
    assert_eq!(count, 5);
}

pub(crate) async fn every_administrator_leaves_a_row(catalogue: &Catalogue) {
    catalogue
        .add_user(user("root", Level::COMPLETE, ""))
        .await
        .unwrap();
    let root = hands(catalogue, "root").await;
    root.add_group("Sales").await.unwrap();
    root.add_user(user("ann", Level::BASE, "Sales"))
        .await
        .unwrap();
    root.set_password("ann", "secret hash", None).await.unwrap();
    super::move_to(&root, "ann", "").await;
    root.remove_user("ann", false).await.unwrap();
    root.remove_group("Sales").await.unwrap();
    assert!(root.remove_group("Sales").await.is_err());
    let all = AuditFilter::default();
    let rows = catalogue
        .audit_rows(&all, AuditOrder::Oldest, None, 20)
        .await
        .unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row.event.who.as_str(),
                row.event.action,
                row.event.details.as_str(),
            )
        })
        .collect();
    use AuditAction::{AddGroup, AddUser, ChangePassword, DeleteGroup, DeleteUser, EditUser};
    assert_eq!(
        told,
        [
            ("earwitness", AddUser, "user root, level complete"),
            ("root", AddGroup, "group Sales"),
            ("root", AddUser, "user ann, level base"),
            ("root", ChangePassword, "user ann"),
            ("root", EditUser, "user ann, group "),
            ("root", DeleteUser, "user ann"),
            ("root", DeleteGroup, "group Sales"),
        ]
    );
    assert!(rows[1].event.from.is_some() && rows[1].event.user.is_some());
}

pub(crate) async fn the_chain_is_whole_and_its_end_known(catalogue: &Catalogue) {
    let empty = catalogue.verify_audit(None).await.unwrap();
    assert_eq!((empty.rows, empty.broken), (0, None));
    assert_eq!(empty.head.hash, Sha256([0; 32]));
    for second in 0..5 {
        catalogue
            .audit(event(second, "ann", AuditAction::ViewAudit))
            .await
            .unwrap();
    }
    let known = catalogue.audit_head().await.unwrap();
    assert_eq!(known.number, 5);
    for second in 5..8 {
        catalogue
            .audit(event(second, "ann", AuditAction::ViewAudit))
            .await
            .unwrap();
    }
    let check = catalogue.verify_audit(Some(known)).await.unwrap();
    assert_eq!((check.rows, check.head.number, check.broken), (8, 8, None));
    // Ends that were never those of this chain.
    let other = AuditHead {
        hash: Sha256([9; 32]),
        ..known
    };
    let check = catalogue.verify_audit(Some(other)).await.unwrap();
    assert_eq!(check.broken.unwrap().row, 5);
    let longer = AuditHead { number: 9, ..known };
    let check = catalogue.verify_audit(Some(longer)).await.unwrap();
    assert_eq!(check.broken.unwrap().row, 9);
}

pub(crate) async fn views_are_written_soon_and_repeats_counted(catalogue: &Catalogue) {
    let view = |recording| AuditEvent {
        recording: Some(id(recording)),
        ..catalogue.event(AuditAction::ViewRecording)
    };
    for _ in 0..1000 {
        catalogue.audit_soon(view(1)).await.unwrap();
    }
    catalogue.audit_soon(view(2)).await.unwrap();
    // Waits for the rows, however long that takes.
    let all = AuditFilter::default();
    while catalogue.audit_count(&all).await.unwrap() < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(
        catalogue.audit_count(&all).await.unwrap(),
        2,
        "the others are counted"
    );
}
