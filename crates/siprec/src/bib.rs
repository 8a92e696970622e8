//! Cisco's Built-in Bridge: a recorded phone calls the recorder twice, once for what it says
//! and once for what it hears.
//!
//! Both INVITEs say the same about the call in parameters of their From address, and one of them
//! whose sound they carry. Here is what they say; which two dialogs are one call is decided by
//! whoever receives them.

use sip::{NameAddr, Request};

use crate::body::Body;

/// Whose sound a dialog carries.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Side {
    /// The recorded phone's own.
    Near,
    /// That of the party it talks to.
    Far,
}

/// One dialog of a recorded phone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Leg {
    /// Whose sound it carries.
    pub side: Side,
    /// The recorded phone.
    pub near: End,
    /// Who it talks to now.
    pub far: End,
}

/// One end of a call, as CUCM names it; empty where it does not.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct End {
    /// CUCM's number of this end's part in the call.
    pub refci: String,
    /// Name of the cluster the number is valid in.
    pub cluster: String,
    /// Name of the phone or trunk.
    pub device: String,
    /// Telephone number, as sent.
    pub address: String,
}

impl Leg {
    /// Reads the From of an INVITE or UPDATE. `None`: no Built-in Bridge, or a copy of one's
    /// From beside metadata, which say the same better (CUBE Media Proxy).
    #[must_use]
    pub fn of(request: &Request) -> Option<Self> {
        let from = request.headers.from()?;
        let side = match (has(&from, "x-nearend"), has(&from, "x-farend")) {
            (true, false) => Side::Near,
            (false, true) => Side::Far,
            _ => return None,
        };
        if Body::of(&request.headers, &request.body).metadata.is_some() {
            return None;
        }
        let text = |name: &str| value(&from, name).unwrap_or_default();
        let end = |refci: &str, name: &str| End {
            refci: text(refci),
            cluster: text(&format!("{name}clusterid")),
            device: text(&format!("{name}device")),
            address: text(&format!("{name}addr")),
        };
        let mut near = end("x-refci", "x-nearend");
        if near.refci.is_empty() {
            // Without its number nothing joins the two dialogs, and nothing else is CUCM's.
            return None;
        }
        if near.address.is_empty() && from.uri.user().is_some() {
            // The phone calls in its own name, whatever it sends.
            near.address = from.uri.aor();
        }
        let far = end("x-farendrefci", "x-farend");
        Some(Self { side, near, far })
    }

    /// What the two dialogs of one call have in common.
    #[must_use]
    pub fn key(&self) -> Option<String> {
        self.near.key()
    }

    /// Keys of both ends: two calls with one in common belong to one conversation.
    pub fn keys(&self) -> impl Iterator<Item = String> {
        // The far end's number is one of the near end's cluster, unless another one is named.
        let far = End {
            cluster: Some(&self.far.cluster)
                .filter(|cluster| !cluster.is_empty())
                .unwrap_or(&self.near.cluster)
                .clone(),
            ..self.far.clone()
        };
        [self.near.key(), far.key()].into_iter().flatten()
    }
}

impl End {
    fn key(&self) -> Option<String> {
        match (self.refci.as_str(), self.cluster.as_str()) {
            ("", _) => None,
            (refci, "") => Some(refci.to_owned()),
            (refci, cluster) => Some(format!("{refci}@{cluster}")),
        }
    }
}

/// Most bytes of a value that are kept.
const VALUE_BYTES_MAX: usize = 255;

fn has(from: &NameAddr, name: &str) -> bool {
    from.uri.param(name).is_some() || from.params.contains(name)
}

/// A parameter, inside the address or behind it.
fn value(from: &NameAddr, name: &str) -> Option<String> {
    let value = from.uri.param(name).or_else(|| from.params.get(name))??;
    (value.len() <= VALUE_BYTES_MAX).then(|| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sip::{Method, Uri};

    fn leg(from: &str) -> Option<Leg> {
        with_body(from, "")
    }

    fn with_body(from: &str, body: &str) -> Option<Leg> {
        let mut invite = Request::new(Method::Invite, Uri::parse("sip:r@h").unwrap());
        invite.headers.push("From", from);
        invite
            .headers
            .push("Content-Type", "application/rs-metadata+xml");
        invite.body = body.as_bytes().to_vec();
        Leg::of(&invite)
    }

    #[test]
    fn both_dialogs_of_a_call_have_one_key() {
        let rest = "x-refci=27;x-nearendclusterid=A;x-nearenddevice=SEP01;x-nearendaddr=4062;\
            x-farendrefci=28;x-farendclusterid=B;x-farenddevice=10.1.1.1;x-farendaddr=5550197";
        let near = leg(&format!("\"Ann\" <sip:4062@c;x-nearend;{rest}>;tag=1")).unwrap();
        let far = leg(&format!("<sip:4062@c>;x-farend;{rest};tag=2")).unwrap();
        assert_eq!((near.side, far.side), (Side::Near, Side::Far));
        assert_eq!((&near.near, &near.far), (&far.near, &far.far));
        assert_eq!(near.key().as_deref(), Some("27@A"));
        assert_eq!(near.keys().collect::<Vec<_>>(), ["27@A", "28@B"]);
        assert_eq!(
            (near.near.device.as_str(), near.far.address.as_str()),
            ("SEP01", "5550197")
        );
    }

    #[test]
    fn what_is_missing_stays_empty_and_what_is_no_bridge_is_none() {
        let bare = leg("<sip:2000@ucm;X-NearEnd;X-RefCI=2;x-farendrefci=1>;tag=1").unwrap();
        assert_eq!(bare.near.address, "sip:2000@ucm");
        assert_eq!(bare.keys().collect::<Vec<_>>(), ["2", "1"]);
        for none in [
            "<sip:a@b;x-refci=2>",
            "<sip:a@b;x-nearend;x-farend;x-refci=2>",
            "<sip:a@b;x-nearend;x-nearenddevice=SEP01>",
        ] {
            assert_eq!(leg(none), None, "{none}");
        }
        let near = "<sip:a@b;x-nearend;x-refci=2>";
        assert!(with_body(near, "").is_some());
        assert_eq!(with_body(near, "<recording/>"), None);
    }
}
