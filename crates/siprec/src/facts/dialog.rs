//! Offer and answer of one dialog, replayed from the messages: which formats a line had when.
//!
//! What we answered is read from the message we sent. Where it is missing, because we crashed
//! before sending it, the rule that writes answers says what it would have been.

use sip::Method;

use super::{FormatEpoch, StreamFacts};
use crate::{
    Format,
    metadata::LabelledLine,
    sdp::{self, Keying, Media, Section},
};

/// Most epochs kept of one line; a client that changes formats more often loses later ones.
const EPOCHS_MAX: usize = 1024;

/// One dialog and its lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Dialog {
    lines: Vec<Known>,
    pending: Option<Pending>,
    /// Our offer, waiting for the answer in the ACK.
    ours: Option<Pending>,
}

#[derive(Clone, Debug, Default)]
struct Known {
    audio: bool,
    label: Option<String>,
    accepted: bool,
    epochs: Vec<FormatEpoch>,
}

#[derive(Clone, Debug, Default)]
struct Pending {
    sequence: u32,
    time_ns: u64,
    /// `None`: the request had no offer, ours follows in the answer.
    offer: Option<Vec<Media>>,
}

impl Dialog {
    /// A request of theirs, with its offer if it has one.
    pub(super) fn asked(
        &mut self,
        method: &Method,
        sequence: u32,
        offer: Option<&[Media]>,
        time_ns: u64,
    ) {
        let updates = *method == Method::Update && offer.is_some();
        let negotiates = *method == Method::Invite || updates;
        let again = self
            .pending
            .as_ref()
            .is_some_and(|pending| pending.sequence == sequence);
        if negotiates && !again {
            self.settle();
            let offer = offer.map(<[Media]>::to_vec);
            self.pending = Some(Pending {
                sequence,
                time_ns,
                offer,
            });
        }
    }

    /// A response of ours.
    pub(super) fn answered(
        &mut self,
        status: u16,
        sequence: u32,
        answer: Option<&[Media]>,
        time_ns: u64,
    ) {
        let pending = self
            .pending
            .take_if(|pending| pending.sequence == sequence && status >= 200);
        let Some(pending) = pending.filter(|_| status < 300) else {
            return;
        };
        match (pending.offer, answer) {
            (Some(offer), answer) => self.agree(&offer, answer, pending.time_ns, time_ns),
            (None, Some(ours)) => {
                self.ours = Some(Pending {
                    offer: Some(ours.to_vec()),
                    ..pending
                });
            }
            (None, None) => {}
        }
    }

    /// An ACK of theirs, which answers our offer if we made one.
    pub(super) fn acked(&mut self, answer: Option<&[Media]>) {
        let Some(ours) = self.ours.take() else { return };
        let offer = ours.offer.unwrap_or_default();
        for (index, line) in offer.iter().enumerate() {
            // What a payload type means is said by who sends it.
            let theirs = answer.and_then(|answer| answer.get(index));
            let says = theirs.unwrap_or(line);
            let epoch = FormatEpoch {
                from_ns: ours.time_ns,
                formats: formats(says).collect(),
                protected: has_keys(line) && theirs.is_none_or(has_keys),
            };
            let label = says.label().or_else(|| line.label()).map(str::to_owned);
            let accepted = line.port != 0 && says.port != 0;
            self.set(index, says, label, accepted.then_some(epoch));
        }
    }

    /// Takes what was still open as our rules would have answered it.
    pub(super) fn settle(&mut self) {
        if let Some(Pending {
            offer: Some(offer),
            time_ns,
            ..
        }) = self.pending.take()
        {
            self.agree(&offer, None, time_ns, time_ns);
        }
        self.acked(None);
    }

    /// The lines as metadata without a description of their own refer to them.
    pub(super) fn labelled(&self) -> Vec<LabelledLine<'_>> {
        let lines = self.lines.iter();
        lines
            .map(|line| LabelledLine {
                label: line.label.as_deref(),
                sound: line.accepted,
            })
            .collect()
    }

    /// The first line of sound, one that we took if there is any.
    pub(super) fn first_audio(&self) -> Option<usize> {
        let taken = self
            .lines
            .iter()
            .position(|line| line.audio && line.accepted);
        taken.or_else(|| self.lines.iter().position(|line| line.audio))
    }

    /// What is known of the lines; senders are filled in by the caller.
    pub(super) fn streams(self) -> impl Iterator<Item = StreamFacts> {
        self.lines.into_iter().map(|line| StreamFacts {
            label: line.label,
            accepted: line.accepted,
            formats: line.epochs,
            ..StreamFacts::default()
        })
    }

    fn agree(
        &mut self,
        offer: &[Media],
        answer: Option<&[Media]>,
        offered_ns: u64,
        answered_ns: u64,
    ) {
        for (index, media) in offer.iter().enumerate() {
            let taken = match answer {
                None => {
                    let section = Section::of(media, None, Keying::reading());
                    let protected = section.is_protected();
                    let formats = section.codecs.into_iter().map(|codec| codec.format);
                    section.record.then(|| (formats.collect(), protected))
                }
                Some(answer) => answer.get(index).filter(|ours| ours.port != 0).map(|ours| {
                    let taken: Vec<Format> = formats(ours).collect();
                    let is_taken = |format: &Format| {
                        let mut taken = taken.iter();
                        taken.any(|known| known.payload_type == format.payload_type)
                    };
                    (formats(media).filter(is_taken).collect(), has_keys(ours))
                }),
            };
            // Before the first answer nothing can have come under older formats; later ones
            // hold from the answer on, before which the client may not use them.
            let first = self
                .lines
                .get(index)
                .is_none_or(|line| line.epochs.is_empty());
            let from_ns = if first { offered_ns } else { answered_ns };
            let epoch = taken.map(|(formats, protected)| FormatEpoch {
                from_ns,
                formats,
                protected,
            });
            self.set(index, media, media.label().map(str::to_owned), epoch);
        }
    }

    fn set(
        &mut self,
        index: usize,
        media: &Media,
        label: Option<String>,
        epoch: Option<FormatEpoch>,
    ) {
        if index >= self.lines.len() {
            self.lines.resize(index.saturating_add(1), Known::default());
        }
        let Some(line) = self.lines.get_mut(index) else {
            return;
        };
        line.audio = media.is_audio();
        // A later description may leave the label out; people still know the line by it.
        line.label = label.or_else(|| line.label.take());
        line.accepted = epoch.is_some();
        if let Some(epoch) = epoch
            && line.epochs.last().is_none_or(|last| {
                last.formats != epoch.formats || last.protected != epoch.protected
            })
            && line.epochs.len() < EPOCHS_MAX
        {
            line.epochs.push(epoch);
        }
    }
}

fn formats(media: &Media) -> impl Iterator<Item = Format> {
    sdp::codecs(media).into_iter().map(|codec| codec.format)
}

/// Whether a line of an answer or an offer of ours carries the keys of SRTP.
fn has_keys(media: &Media) -> bool {
    media.attributes("crypto").next().is_some()
}
