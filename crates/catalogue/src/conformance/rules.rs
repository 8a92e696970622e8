//! Recording rules, and tables of users.

use super::user;
use crate::{AuditFilter, AuditOrder, Catalogue, Error, NewRule, NewUser};
use jiff::civil::Weekday;
use model::access::Level;
use model::audit::AuditAction;
use model::rules::{Rule, RuleId, Snapshot, Times};
use model::{Direction, Mode, Pause};

fn rule(name: &str, mode: Mode) -> NewRule {
    NewRule {
        name: name.to_owned(),
        mode,
        ..NewRule::default()
    }
}

fn full() -> NewRule {
    NewRule {
        name: "Sales at work".to_owned(),
        number: Some("0039 0584*".to_owned()),
        user: Some("ANN".to_owned()),
        group: Some("sales".to_owned()),
        direction: Some(Direction::Outgoing),
        client: Some("sbc".to_owned()),
        times: vec![Times::new(&[Weekday::Monday], 540, 1020, "Europe/Rome").unwrap()],
        mode: Mode::OnDemand,
        pause: Pause::Own,
    }
}

fn names(rules: &[Rule]) -> Vec<(u32, &str)> {
    rules
        .iter()
        .map(|rule| (rule.position, rule.name.as_str()))
        .collect()
}

pub(crate) async fn rules_have_an_order_that_can_be_changed(catalogue: &Catalogue) {
    let a = catalogue
        .add_rule(rule("a", Mode::Never), None)
        .await
        .unwrap();
    let b = catalogue
        .add_rule(rule("b", Mode::KeepLate), None)
        .await
        .unwrap();
    catalogue
        .add_rule(rule("c", Mode::Always), Some(1))
        .await
        .unwrap();
    let rules = catalogue.rules().await.unwrap();
    assert_eq!(names(&rules), [(1, "c"), (2, "a"), (3, "b")]);
    catalogue
        .set_rule(b.id, rule("B", Mode::Never), Some(2), None)
        .await
        .unwrap();
    let kept = catalogue
        .set_rule(a.id, rule("A", Mode::Never), None, None)
        .await
        .unwrap();
    assert_eq!((kept.id, kept.position), (a.id, 3));
    catalogue
        .set_rule(a.id, rule("A", Mode::Never), Some(1), Some(kept.clone()))
        .await
        .unwrap();
    catalogue
        .set_rule(a.id, rule("A", Mode::Never), Some(99), None)
        .await
        .unwrap();
    let rules = catalogue.rules().await.unwrap();
    assert_eq!(names(&rules), [(1, "c"), (2, "B"), (3, "A")]);
    let named = Rule {
        name: "a".to_owned(),
        ..kept
    };
    let late = catalogue.set_rule(a.id, rule("A", Mode::Always), None, Some(named));
    assert!(matches!(late.await, Err(Error::Changed)));
    catalogue.remove_rule(b.id).await.unwrap();
    assert_eq!(
        names(&catalogue.rules().await.unwrap()),
        [(1, "c"), (2, "A")]
    );
    assert!(matches!(
        catalogue.remove_rule(b.id).await,
        Err(Error::NoSuchRule(_))
    ));
    let missing = catalogue
        .set_rule(RuleId(99), rule("x", Mode::Never), None, None)
        .await;
    assert!(matches!(missing, Err(Error::NoSuchRule(99))));
}

pub(crate) async fn a_rule_is_returned_as_added_and_resolved(catalogue: &Catalogue) {
    catalogue.add_group("Sales").await.unwrap();
    let ann = NewUser {
        numbers: vec!["225".to_owned(), "ann@Pbx".to_owned()],
        ..user("ann", Level::BASE, "Sales")
    };
    let ann = catalogue.add_user(ann).await.unwrap().id;
    let bob = user("bob", Level::BASE, "Sales");
    let bob = catalogue.add_user(bob).await.unwrap().id;
    let before = catalogue.rules_version().await.unwrap();
    let added = catalogue.add_rule(full(), None).await.unwrap();
    assert_eq!(added.number.as_ref().unwrap().as_str(), "+390584*");
    assert_eq!(
        (added.user.as_deref(), added.group.as_deref()),
        (Some("ann"), Some("Sales"))
    );
    assert_eq!(added.times, full().times);
    assert_eq!((added.mode, added.pause), (Mode::OnDemand, Pause::Own));
    assert!(catalogue.rules_version().await.unwrap() > before);
    let group = NewRule {
        group: Some("Sales".to_owned()),
        ..rule("group", Mode::Never)
    };
    catalogue.add_rule(group, None).await.unwrap();

    let snapshot = catalogue.rules_snapshot().await.unwrap();
    assert_eq!(snapshot.user(&["225".to_owned()]), Some(ann));
    assert_eq!(snapshot.user(&["ann@pbx".to_owned()]), Some(ann));
    assert_eq!(snapshot.rules[0].members, Some([ann].into()));
    assert_eq!(snapshot.rules[1].members, Some([ann, bob].into()));
    assert_eq!(Snapshot::decode(&snapshot.encode()), Ok(snapshot));

    let version = catalogue.rules_version().await.unwrap();
    super::move_to(catalogue, "bob", "").await;
    assert!(catalogue.rules_version().await.unwrap() > version);
    let version = catalogue.rules_version().await.unwrap();
    catalogue.remove_user("ann", false).await.unwrap();
    assert!(catalogue.rules_version().await.unwrap() > version);
    let snapshot = catalogue.rules_snapshot().await.unwrap();
    assert_eq!(
        snapshot.rules[0].members,
        Some([].into()),
        "nobody, not everybody"
    );
    assert_eq!(snapshot.rules[0].rule.user.as_deref(), Some("ann"));
    assert!(snapshot.users.is_empty());
}

/// What is said about a rule, and how it is broken.
type Broken = (&'static str, fn(&mut NewRule));

pub(crate) async fn nonsense_makes_no_rule(catalogue: &Catalogue) {
    let broken: [Broken; 4] = [
        ("must not be empty", |rule| rule.name = " ".to_owned()),
        ("pattern", |rule| rule.number = Some("--".to_owned())),
        ("no user nobody", |rule| {
            rule.user = Some("nobody".to_owned())
        }),
        ("group none", |rule| rule.group = Some("none".to_owned())),
    ];
    for (expected, breaks) in broken {
        let mut rule = rule("r", Mode::Never);
        breaks(&mut rule);
        let refused = catalogue.add_rule(rule, None).await.unwrap_err();
        assert!(refused.to_string().contains(expected), "{refused}");
    }
    assert!(catalogue.rules().await.unwrap().is_empty());
    let filter = AuditFilter {
        action: Some(AuditAction::AddRule),
        ..AuditFilter::default()
    };
    assert_eq!(catalogue.audit_count(&filter).await.unwrap(), 0);
}

pub(crate) async fn a_table_of_users_comes_in_whole_or_not_at_all(catalogue: &Catalogue) {
    let root = user("root", Level::COMPLETE, "");
    catalogue.add_user(root).await.unwrap();
    let row = |name: &str, number: &str, group: &str| NewUser {
        numbers: vec![number.to_owned()],
        ..user(name, Level::BASE, group)
    };
    let table = vec![row("ann", "225", "Sales"), row("bob", "226", "sales")];
    let dry = catalogue.import_users(table.clone(), true).await.unwrap();
    assert_eq!((dry.added, dry.changed), (2, 0));
    assert_eq!(dry.groups, ["Sales"]);
    assert_eq!(
        catalogue.users().await.unwrap().len(),
        1,
        "a dry run changes nothing"
    );
    assert!(catalogue.groups().await.unwrap().is_empty());
    assert_eq!(catalogue.import_users(table, false).await.unwrap(), dry);
    assert_eq!(catalogue.users().await.unwrap().len(), 3);

    // Two who swap their numbers are no fault.
    let swap = vec![row("ann", "226", "Sales"), row("BOB", "225", "Sales")];
    let swapped = catalogue.import_users(swap, false).await.unwrap();
    assert_eq!((swapped.added, swapped.changed), (0, 2));
    assert_eq!(swapped.faults, []);
    let bob = catalogue.user("bob").await.unwrap().unwrap();
    assert_eq!(
        (bob.person.username.as_str(), bob.numbers),
        ("bob", vec!["225".to_owned()])
    );

    let bad = vec![
        row("carl", "300", "New"),
        row("a:b", "301", ""),
        row("dora", "226", ""),
        user("root", Level::BASE, ""),
    ];
    let refused = catalogue.import_users(bad, false).await.unwrap();
    let places: Vec<usize> = refused.faults.iter().map(|fault| fault.0).collect();
    assert_eq!(places, [1, 2, 3]);
    assert!(refused.faults[1].1.contains("already belongs to user ann"));
    assert!(
        refused.faults[2]
            .1
            .contains("last user with complete access")
    );
    assert!(catalogue.user("carl").await.unwrap().is_none());
    assert_eq!(catalogue.groups().await.unwrap().len(), 1);
    let all = AuditFilter::default();
    let newest = catalogue.audit_rows(&all, AuditOrder::Newest, None, 1);
    let newest = newest.await.unwrap().remove(0);
    assert_eq!(newest.event.action, AuditAction::ImportUsers);
    assert_eq!(newest.event.details, "0 added, 2 changed");
}

pub(crate) async fn a_group_keeps_its_people_under_another_name(catalogue: &Catalogue) {
    catalogue.add_group("Sales").await.unwrap();
    catalogue.add_group("Support").await.unwrap();
    catalogue
        .add_user(user("ann", Level::BASE, "Sales"))
        .await
        .unwrap();
    let renamed = catalogue.rename_group("SALES", "Vendite").await.unwrap();
    assert_eq!((renamed.name.as_str(), renamed.members), ("Vendite", 1));
    let ann = catalogue.user("ann").await.unwrap().unwrap();
    assert_eq!(ann.person.group, "Vendite");
    assert!(catalogue.rename_group("Vendite", "vendite").await.is_ok());
    assert!(matches!(
        catalogue.rename_group("vendite", "SUPPORT").await,
        Err(Error::GroupExists(_))
    ));
    assert!(catalogue.rename_group("Sales", "x").await.is_err());
    assert!(matches!(
        catalogue.rename_group("vendite", "a,b").await,
        Err(Error::BadGroupName)
    ));
}

pub(crate) async fn whose_a_number_is_comes_with_the_person(catalogue: &Catalogue) {
    catalogue.add_group("Sales").await.unwrap();
    let ann = NewUser {
        numbers: vec!["225".to_owned()],
        numeric_id: Some(42),
        ..user("ann", Level::BASE, "Sales")
    };
    let ann = catalogue.add_user(ann).await.unwrap();
    let keys = vec![vec!["225".to_owned()], vec!["226".to_owned()], Vec::new()];
    let found = catalogue.people_of(keys).await.unwrap();
    let owner = found[0].as_ref().unwrap();
    assert_eq!((owner.user, &owner.person), (ann.id, &ann.person));
    assert_eq!(
        (owner.numeric_id, owner.ownership.owner),
        (Some(42), Some(ann.id))
    );
    assert!(owner.ownership.group.is_some());
    assert_eq!(&found[1..], [None, None]);
}
