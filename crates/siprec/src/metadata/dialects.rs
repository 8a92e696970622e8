//! The vendors' own elements in metadata: one place for all of them.
//!
//! | vendor | elements read | what they say |
//! |---|---|---|
//! | Oracle | `callingParty` | whether a participant called |
//! | Oracle | `ucid` | the telephone system's id of the call |
//! | BroadWorks, Webex | `callID`, `userID`, `callType` | id of the call, recorded party, caller |
//! | Metaswitch | `recordedParty`, `callingPartyNumber` | recorded party, caller |
//!
//! Adding a vendor: a row here, its elements in `Vendor::of`, a folder in `tests/data`.

use std::collections::HashMap;

use model::party;
use roxmltree::Node;

use super::{Person, bare};
use crate::Participant;

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
        // The first block of each kind: a call has one.
        let first = |name| root.descendants().find(|node| is_named(*node, name));
        vendor.call_id = first("ucid")
            .and_then(value)
            .map(|text| without_parameters(&text));
        if let Some(block) = first("metaswitchRecordingMetadata") {
            vendor.metaswitch(block);
        }
        if let Some(block) = first("broadWorksRecordingMetadata") {
            vendor.broadworks(block);
        }
        vendor
    }

    fn broadworks(&mut self, block: Node<'_, '_>) {
        self.call_id = find(block, "callID").or_else(|| self.call_id.take());
        self.recorded.extend(find(block, "userID"));
        self.calling = find(block, "callingPartyNumber");
        let Some(kind) = block.descendants().find(|node| is_named(*node, "callType")) else {
            return;
        };
        let kind = kind
            .children()
            .find(Node::is_element)
            .map(|kind| kind.tag_name().name());
        match kind {
            Some("origCall") => {
                self.outgoing = Some(true);
                self.recorded.extend(self.calling.clone());
            }
            Some("termCall") => {
                self.outgoing = Some(false);
                self.recorded.extend(find(block, "calledPartyNumber"));
            }
            _ => {}
        }
    }

    fn metaswitch(&mut self, block: Node<'_, '_>) {
        self.recorded.extend(find(block, "recordedParty"));
        self.calling = find(block, "callingPartyNumber");
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

/// Oracle's `callingParty`, inside a participant or in an element that refers to one.
pub(super) fn mark_callers(root: Node<'_, '_>, people: &mut [Person]) {
    let ids = people
        .iter()
        .enumerate()
        .filter(|(_, person)| !person.id.is_empty());
    let index: HashMap<String, usize> = ids
        .map(|(index, person)| (bare(&person.id).to_owned(), index))
        .collect();
    for mark in root
        .descendants()
        .filter(|node| is_named(*node, "callingParty"))
    {
        let Some(caller) = value(mark).and_then(|text| truth(&text)) else {
            continue;
        };
        // From the mark outwards: the nearest element that names a participant.
        let around = mark.ancestors().take(ANCESTORS_MAX);
        let mut names = around.flat_map(|element| element.attributes().take(ATTRIBUTES_MAX));
        let named = names.find_map(|name| index.get(bare(name.value().trim())));
        if let Some(person) = named.and_then(|index| people.get_mut(*index)) {
            person.caller = Some(caller);
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

fn find(block: Node<'_, '_>, name: &str) -> Option<String> {
    block
        .descendants()
        .find(|node| is_named(*node, name))
        .and_then(value)
}

fn value(node: Node<'_, '_>) -> Option<String> {
    let text = node.text().unwrap_or_default().trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn is_named(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name().eq_ignore_ascii_case(name)
}
