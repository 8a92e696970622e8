//! Anything in any order: the endpoint never panics, ends every dialog it began at most once, and
//! comes to rest.

use std::collections::HashMap;

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any};
use proptest::{prop_assert, prop_assert_eq, proptest};
use sip::{DialogId, Message, Method, Options, Output, Response, TransactionId, Transport};

use crate::harness::{Call, OUR_SDP, SDP, World, answer, ms, ok, seconds};

/// What the client and the caller still have to do with each other.
#[derive(Default)]
struct Open {
    transactions: Vec<TransactionId>,
    /// Dialogs begun, and how often each ended.
    dialogs: HashMap<DialogId, usize>,
    ours: Vec<sip::Request>,
    /// The INVITE each new dialog came with.
    first: HashMap<TransactionId, DialogId>,
}

impl Open {
    fn look(&mut self, world: &mut World, call: &mut Call) {
        for output in world.told.drain(..) {
            match output {
                Output::Invite {
                    transaction,
                    dialog,
                    ..
                } => {
                    self.transactions.push(transaction);
                    self.first.insert(transaction, dialog);
                    self.dialogs.insert(dialog, 0);
                }
                Output::InDialog { transaction, .. } | Output::Options { transaction, .. } => {
                    self.transactions.push(transaction);
                }
                Output::Gone { dialog, .. } => *self.dialogs.entry(dialog).or_insert(9) += 1,
                Output::Cancelled { transaction, .. } => {
                    if let Some(dialog) = self.first.get(&transaction) {
                        *self.dialogs.get_mut(dialog).unwrap() += 1;
                    }
                }
                _ => {}
            }
        }
        for message in world.messages() {
            match message {
                Message::Request(request) => self.ours.push(request),
                Message::Response(response) if response.status == 200 => call.learn(&response),
                Message::Response(_) => {}
            }
        }
    }

    /// One step; `how` chooses among its variants.
    fn step(&mut self, world: &mut World, call: &mut Call, what: u8, how: u8) {
        let timers = [
            "",
            "k: timer\r\nx: 90\r\n",
            "k: timer\r\nx: 200;refresher=uas\r\n",
        ];
        let more = timers[usize::from(how) % 3];
        let sdp = "Content-Type: application/sdp\r\n";
        match what % 16 {
            0 | 1 => world.receive(call.invite(more)),
            2 => world.receive(call.same("INVITE", more, "")),
            3 => world.receive(call.ack()),
            4 => world.receive(call.same("ACK", "", "")),
            5 => world.receive(call.same("CANCEL", "", "")),
            6 if how < 60 => world.receive(call.request("BYE", "", "")),
            7 => world.receive(call.request("UPDATE", more, "")),
            8 => world.receive(call.request("UPDATE", sdp, SDP)),
            9 => world.receive(call.request(
                ["INFO", "OPTIONS", "PRACK"][usize::from(how) % 3],
                "",
                "",
            )),
            10 | 11 => {
                if let Some(transaction) = self.transactions.pop() {
                    let refusal = || Response::new(488, "Not Acceptable Here");
                    let response = if how < 200 { ok() } else { refusal() };
                    let sent = !world.respond(transaction, response).is_empty();
                    if let Some(dialog) =
                        self.first.get(&transaction).filter(|_| sent && how >= 200)
                    {
                        // A refusal is the caller's own end of the dialog.
                        *self.dialogs.get_mut(dialog).unwrap() += 1;
                    }
                }
            }
            12 => {
                let methods = [Method::Update, Method::Invite, Method::Info, Method::Bye];
                let method = methods[usize::from(how) % 4].clone();
                let body = if method == Method::Invite {
                    OUR_SDP
                } else {
                    ""
                };
                let dialogs: Vec<_> = self.dialogs.keys().copied().collect();
                if let Some(dialog) = dialogs.first() {
                    world.request(*dialog, method, body);
                }
            }
            13 | 14 => {
                let statuses = [100, 200, 200, 405, 408, 422, 481, 491, 500, 503];
                if let Some(request) = self.ours.pop().filter(|ours| ours.method != Method::Ack) {
                    let status = statuses[usize::from(how) % statuses.len()];
                    world.receive(answer(&request, status, "Min-SE: 120\r\n"));
                }
            }
            _ => world.pass(ms(u64::from(how) * u64::from(how))),
        }
    }
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn anything_in_any_order(
        steps in vec((any::<u8>(), any::<u8>()), 1..60),
        tcp in any::<bool>(),
    ) {
        let transport = if tcp { Transport::Tcp } else { Transport::Udp };
        let mut world = World::with(Options::default(), transport);
        let (mut call, mut open) = (Call::new(), Open::default());
        for (what, how) in steps {
            open.step(&mut world, &mut call, what, how);
            open.look(&mut world, &mut call);
        }
        world.pass(seconds(10_000));
        open.look(&mut world, &mut call);
        let alive = open.dialogs.values().filter(|ends| **ends == 0).count();
        prop_assert_eq!(alive, world.endpoint.dialog_count());
        prop_assert!(open.dialogs.values().all(|ends| *ends <= 1), "ended twice");
        let ids: Vec<_> = open.dialogs.keys().copied().collect();
        for dialog in ids {
            world.request(dialog, Method::Bye, "");
        }
        world.pass(seconds(400));
        prop_assert!(world.endpoint.is_idle());
    }
}
