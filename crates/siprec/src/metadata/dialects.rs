//! What single vendors say in their own ways: one place for all of them.
//!
//! `QUIRKS` are the elements that say something about the call as a whole, `PARTY_QUIRKS` those
//! about one participant. Cisco says the same in headers:
//!
//! | equipment | header | what it says | read in |
//! |---|---|---|---|
//! | CUCM Built-in Bridge | From (parameters) | both parties, whose sound it is | `bib` |
//! | CUBE dial-peer | `X-Cisco-Recording-Participant` | who is on which m-line | `facts/people` |
//! | Avaya, Oracle | `User-to-User` | the call's UCID | `facts/call_id` |
//! | Cisco | `Cisco-Guid`, `Session-ID` | the call's id | `facts/call_id` |
//!
//! Nothing here guesses: a vendor that does not say who called leaves it unsaid. What no row
//! names stays where it was sent: the messages are kept as they came.
//! Adding a vendor: its rows here, a folder in `tests/data`, a row in `docs/siprec.md`.

use std::collections::HashMap;

use model::party;
use roxmltree::Node;
use sip::NameAddr;

use super::{Person, bare};
use crate::Participant;

/// The header of CUBE's dial-peer recording: one for each party, with the m-line's index.
pub(crate) const CUBE_PARTICIPANT: &str = "X-Cisco-Recording-Participant";

/// An element of a vendor and what it says of the call.
struct Quirk {
    /// The block it stands in; empty: anywhere.
    block: &'static str,
    element: &'static str,
    says: Says,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Says {
    /// What the telephone system calls the call.
    CallId,
    /// Number or address of the recorded party.
    Recorded,
    /// Number or address of who called.
    Calling,
    /// Number or address of who was called.
    Called,
    /// Whether the recorded party called: the name of its first child, or its text.
    CallType,
}

const fn quirk(block: &'static str, element: &'static str, says: Says) -> Quirk {
    Quirk {
        block,
        element,
        says,
    }
}

const BROADWORKS: &str = "broadWorksRecordingMetadata";
const METASWITCH: &str = "metaswitchRecordingMetadata";
const RIBBON: &str = "callData";

/// Of several rows that say the same the first one that is there counts; all of `Recorded` do.
const QUIRKS: [Quirk; 12] = [
    quirk(BROADWORKS, "callID", Says::CallId),
    quirk(BROADWORKS, "userID", Says::Recorded),
    quirk(BROADWORKS, "callingPartyNumber", Says::Calling),
    quirk(BROADWORKS, "calledPartyNumber", Says::Called),
    quirk(BROADWORKS, "callType", Says::CallType),
    quirk(METASWITCH, "recordedParty", Says::Recorded),
    quirk(METASWITCH, "callingPartyNumber", Says::Calling),
    quirk(METASWITCH, "callType", Says::CallType),
    quirk(RIBBON, "callid", Says::CallId),
    quirk(RIBBON, "fromhdr", Says::Calling),
    quirk(RIBBON, "tohdr", Says::Called),
    // Oracle
    quirk("", "ucid", Says::CallId),
];

/// The recorded party called.
const OUTGOING: [&str; 4] = ["origCall", "originating", "outgoing", "outbound"];
/// The recorded party was called.
const INCOMING: [&str; 4] = ["termCall", "terminating", "incoming", "inbound"];

/// What an element says of the participant it names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum SaysOfParty {
    /// Oracle: `true` or `false` inside the participant, or beside a reference to it.
    /// NetSapiens: the element itself, with its id and number.
    Caller,
    /// NetSapiens: the other one, likewise.
    Callee,
    /// NetSapiens: a user of the system, with a `callType` of its own.
    User,
}

const PARTY_QUIRKS: [(&str, SaysOfParty); 3] = [
    ("callingParty", SaysOfParty::Caller),
    ("calledParty", SaysOfParty::Callee),
    ("user", SaysOfParty::User),
];

/// What vendor elements say about a call.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Vendor {
    /// The telephone system's id of the call.
    pub(crate) call_id: Option<String>,
    /// Numbers or addresses, best first, of which one names the recorded party.
    pub(crate) recorded: Vec<String>,
    /// Number of the party that called.
    pub(crate) calling: Option<String>,
    /// Whether the recorded party called.
    pub(crate) outgoing: Option<bool>,
}

impl Vendor {
    pub(super) fn of(root: Node<'_, '_>) -> Self {
        let mut vendor = Self::default();
        let mut called = None;
        for Quirk {
            block,
            element,
            says,
        } in &QUIRKS
        {
            // The first block of each kind: a call has one.
            let anywhere = Some(root).filter(|_| block.is_empty());
            let place = anywhere.or_else(|| find_node(root, block));
            let Some(node) = place.and_then(|block| find_node(block, element)) else {
                continue;
            };
            match says {
                Says::CallId => fill(&mut vendor.call_id, || {
                    value(node).map(|text| without_parameters(&text))
                }),
                Says::Recorded => vendor.recorded.extend(value(node)),
                Says::Calling => fill(&mut vendor.calling, || address(node)),
                Says::Called => fill(&mut called, || address(node)),
                Says::CallType => vendor.outgoing = vendor.outgoing.or_else(|| outgoing(node)),
            }
        }
        vendor.recorded.extend(match vendor.outgoing {
            Some(true) => vendor.calling.clone(),
            Some(false) => called,
            None => None,
        });
        vendor
    }

    /// Takes what a newer document says, where it says anything.
    pub(super) fn update(&mut self, newer: Self) {
        if newer != Self::default() {
            *self = newer;
        }
    }

    /// Marks the recorded party and the caller among the participants.
    pub(crate) fn mark(&self, participants: &mut [Participant]) {
        let found = self
            .recorded
            .iter()
            .find_map(|entry| only(participants, entry));
        if let Some(party) = found.and_then(|index| participants.get_mut(index)) {
            party.recorded = true;
            if party.caller.is_none() {
                party.caller = self.outgoing;
            }
        }
        let caller = self
            .calling
            .as_deref()
            .and_then(|number| only(participants, number));
        if let Some(party) = caller.and_then(|index| participants.get_mut(index))
            && party.caller.is_none()
        {
            party.caller = Some(true);
        }
    }
}

/// Reads what vendors say of single participants.
pub(super) fn mark_people(root: Node<'_, '_>, people: &mut [Person]) {
    let ids = people
        .iter()
        .enumerate()
        .filter(|(_, person)| !person.id.is_empty());
    let index: HashMap<String, usize> = ids
        .map(|(index, person)| (bare(&person.id).to_owned(), index))
        .collect();
    for element in root.descendants().filter(Node::is_element) {
        let says = PARTY_QUIRKS
            .iter()
            .find(|(name, _)| is_named(element, name));
        let Some((_, says)) = says else { continue };
        let named = |element: Node<'_, '_>| {
            let names = element.attributes().take(ATTRIBUTES_MAX);
            let mut names = names.map(|name| bare(name.value().trim()));
            names.find_map(|name| index.get(name).copied())
        };
        let own = named(element);
        // From the element outwards: the nearest one that names a participant.
        let mut around = element.ancestors().take(ANCESTORS_MAX);
        let person = own.or_else(|| around.find_map(named));
        let Some(person) = person.and_then(|index| people.get_mut(index)) else {
            continue;
        };
        let told = match says {
            SaysOfParty::Caller => value(element).and_then(|text| truth(&text)),
            SaysOfParty::Callee => None,
            SaysOfParty::User => find_node(element, "callType").and_then(outgoing),
        };
        let is_party = own.is_some() && *says != SaysOfParty::User;
        let itself = is_party.then_some(*says == SaysOfParty::Caller);
        person.caller = told.or(itself).or(person.caller);
        if is_party {
            person.add(find_node(element, "number").and_then(value));
        }
    }
}

/// How far outwards a vendor's element may stand from the participant it is about.
const ANCESTORS_MAX: usize = 8;
/// How many attributes of an element are searched for the participant it is about.
const ATTRIBUTES_MAX: usize = 16;

/// The only participant with this number or address; `None` when several have it.
fn only(participants: &[Participant], entry: &str) -> Option<usize> {
    let wanted = party::keys(entry);
    let mut matching = participants.iter().enumerate().filter(|(_, participant)| {
        let keys = participant
            .addresses
            .iter()
            .flat_map(|address| party::keys(address));
        keys.into_iter().any(|key| wanted.contains(&key))
    });
    let (index, _) = matching.next()?;
    matching.next().is_none().then_some(index)
}

fn fill(place: &mut Option<String>, find: impl FnOnce() -> Option<String>) {
    if place.is_none() {
        *place = find();
    }
}

/// Whether who is meant called; `None` for what says neither, such as a redirected call.
fn outgoing(node: Node<'_, '_>) -> Option<bool> {
    let child = node.children().find(Node::is_element);
    let text = child.map(|child| child.tag_name().name().to_owned());
    let text = text.or_else(|| value(node))?;
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match (is(&OUTGOING), is(&INCOMING)) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

/// A number, or the address in the text of a whole From header.
fn address(node: Node<'_, '_>) -> Option<String> {
    let text = value(node)?;
    match NameAddr::parse(&text) {
        Ok(header) if text.contains('<') => Some(header.uri.aor()),
        _ => Some(text),
    }
}

fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

/// A value such as `…;encoding=hex` without what follows the semicolon.
pub(crate) fn without_parameters(text: &str) -> String {
    text.split(';').next().unwrap_or_default().trim().to_owned()
}

fn find_node<'a, 'i>(block: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    block.descendants().find(|node| is_named(*node, name))
}

fn value(node: Node<'_, '_>) -> Option<String> {
    let text = node.text().unwrap_or_default().trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn is_named(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name().eq_ignore_ascii_case(name)
}
