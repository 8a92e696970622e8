//! Who spoke to the recorder since its start: the clients of the settings, and whoever else may
//! call.
//!
//! Whoever reads never holds up the signalling loop for longer than it takes to copy a list that
//! is bounded.

use jiff::Timestamp;
use sip::{Flow, Transport};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Addresses remembered that belong to no client of the settings; the one that has been silent
/// longest gives way.
const OTHERS_MAX: usize = 256;
/// Characters kept of what a client says of itself.
const USER_AGENT_CHARACTERS_MAX: usize = 120;

/// Whose contacts they are.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Who {
    /// A client of the settings, by its name.
    Client(String),
    /// Somebody else who may call.
    Address(IpAddr),
}

/// What was heard from somebody since the start.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Contact {
    /// When a request came last, whichever it was.
    pub last_contact_at: Option<Timestamp>,
    /// When a call was answered last.
    pub last_call_at: Option<Timestamp>,
    /// Calls that were answered.
    pub calls: u64,
    /// INVITEs that were refused, repeated ones included.
    pub refused: u64,
    /// Calls being received now; up to a second old.
    pub running: u64,
    /// What it calls itself, cut short; empty: it did not say.
    pub user_agent: String,
    /// How its requests came: `udp`, `tcp`, `tls`.
    pub transports: Vec<&'static str>,
}

/// Everybody.
#[derive(Debug, Default)]
pub(crate) struct Contacts(Mutex<HashMap<Who, Contact>>);

impl Contacts {
    fn lock(&self) -> MutexGuard<'_, HashMap<Who, Contact>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everybody who spoke.
    pub(crate) fn all(&self) -> BTreeMap<Who, Contact> {
        let contacts = self.lock();
        let all = contacts.iter();
        all.map(|(who, contact)| (who.clone(), contact.clone()))
            .collect()
    }

    /// A request came.
    pub(crate) fn spoke(&self, who: Who, flow: Flow, now: Timestamp, user_agent: Option<&str>) {
        let mut contacts = self.lock();
        let contact = contact(&mut contacts, who);
        contact.last_contact_at = Some(now);
        let transport = match flow.transport {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
        };
        if !contact.transports.contains(&transport) {
            contact.transports.push(transport);
        }
        if let Some(user_agent) = user_agent {
            let shown = user_agent.chars().filter(|letter| !letter.is_control());
            contact.user_agent = shown.take(USER_AGENT_CHARACTERS_MAX).collect();
        }
    }

    /// A call was answered.
    pub(crate) fn called(&self, who: Who, now: Timestamp) {
        let mut contacts = self.lock();
        let contact = contact(&mut contacts, who);
        contact.calls = contact.calls.saturating_add(1);
        contact.last_call_at = Some(now);
    }

    /// A call was refused.
    pub(crate) fn refused(&self, who: &Who) {
        if let Some(contact) = self.lock().get_mut(who) {
            contact.refused = contact.refused.saturating_add(1);
        }
    }

    /// How many calls of each are being received.
    pub(crate) fn run(&self, running: &HashMap<Who, u64>) {
        for (who, contact) in self.lock().iter_mut() {
            contact.running = running.get(who).copied().unwrap_or_default();
        }
    }
}

/// What is known of somebody; a call may be answered after its address was forgotten.
fn contact(contacts: &mut HashMap<Who, Contact>, who: Who) -> &mut Contact {
    if !contacts.contains_key(&who) {
        make_room(contacts, &who);
    }
    contacts.entry(who).or_default()
}

/// Forgets an address where one more would be too many. Clients are as many as the settings
/// name, and stay.
fn make_room(contacts: &mut HashMap<Who, Contact>, who: &Who) {
    let is_other = |who: &Who| matches!(who, Who::Address(_));
    let others = contacts.iter().filter(|(known, _)| is_other(known));
    if !is_other(who) || others.clone().count() < OTHERS_MAX {
        return;
    }
    let oldest = others.min_by_key(|(_, contact)| (contact.running > 0, contact.last_contact_at));
    if let Some(oldest) = oldest.map(|(who, _)| who.clone()) {
        contacts.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use std::net::Ipv4Addr;

    fn flow(transport: Transport) -> Flow {
        let address = "192.0.2.1:5060".parse().unwrap();
        Flow {
            transport,
            local: address,
            peer: address,
            connection: 0,
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
    }

    #[test]
    fn what_is_heard_is_remembered_by_who_spoke() {
        let contacts = Contacts::default();
        let sbc = || Who::Client("sbc".to_owned());
        contacts.spoke(sbc(), flow(Transport::Udp), at(1), Some("SBC/9\r\n"));
        contacts.spoke(sbc(), flow(Transport::Tls), at(2), None);
        contacts.called(sbc(), at(2));
        contacts.refused(&sbc());
        contacts.refused(&Who::Address(Ipv4Addr::LOCALHOST.into()));
        contacts.run(&HashMap::from([(sbc(), 1)]));
        let expected = Contact {
            last_contact_at: Some(at(2)),
            last_call_at: Some(at(2)),
            calls: 1,
            refused: 1,
            running: 1,
            user_agent: "SBC/9".to_owned(),
            transports: vec!["udp", "tls"],
        };
        assert_eq!(contacts.all(), BTreeMap::from([(sbc(), expected)]));
        contacts.run(&HashMap::new());
        assert_eq!(contacts.all()[&sbc()].running, 0);
    }

    #[test]
    fn addresses_are_bounded_and_the_one_silent_longest_goes() {
        let contacts = Contacts::default();
        let client = Who::Client("sbc".to_owned());
        contacts.spoke(client.clone(), flow(Transport::Udp), at(0), None);
        let address = |n: u32| Who::Address(Ipv4Addr::from_bits(n).into());
        for n in 0..1_000 {
            contacts.spoke(address(n), flow(Transport::Udp), at(n.into()), None);
        }
        // Whoever was forgotten while its call was being answered.
        contacts.called(address(1), at(1_000));
        let all = contacts.all();
        assert_eq!(all.len(), OTHERS_MAX + 1);
        assert!(all.contains_key(&client) && all.contains_key(&address(999)));
        assert!(!all.contains_key(&address(0)));
    }
}
