//! Which column of a table says what. Names are compared without case, blanks and marks.

/// What a column says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    Start,
    End,
    Duration,
    Caller,
    Called,
    CallId,
}

impl Role {
    const ALL: [Self; 6] = [
        Self::Start,
        Self::End,
        Self::Duration,
        Self::Caller,
        Self::Called,
        Self::CallId,
    ];

    /// The word of `--columns`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
            Self::Duration => "duration",
            Self::Caller => "caller",
            Self::Called => "called",
            Self::CallId => "call-id",
        }
    }

    /// Names that exports of well-known systems have, the best first. When talking began is
    /// better than when it rang: that is when recording begins.
    fn names(self) -> std::str::SplitWhitespace<'static> {
        let names = match self {
            Self::Start => {
                "answer answeredat answertime answerdatetime connecttime connectedat \
                 datetimeconnect startdate+starttime calldate+calltime date+time start startedat \
                 starttime startdatetime startstamp callstart callstarttime calldate calltime \
                 datetime begin begintime setuptime timestamp"
            }
            Self::End => {
                "end endedat endtime enddatetime endstamp callend callendtime \
                 datetimedisconnect disconnecttime releasetime hanguptime"
            }
            Self::Duration => {
                "billsec billseconds talktime talkduration conversationtime connectedduration \
                 duration durationseconds durationsec durations durationms callduration seconds \
                 length"
            }
            Self::Caller => {
                "caller callernumber callingpartynumber callingparty callingnumber calling src \
                 source sourcenumber from fromnumber anumber calleridnumber callerid"
            }
            Self::Called => {
                "called callednumber finalcalledpartynumber calledpartynumber calledparty \
                 callee calleenumber dst destination destinationnumber to tonumber bnumber \
                 dialednumber dialednum dialled dialed"
            }
            Self::CallId => {
                "pbxcallid callid callidentifier ucid sessionid correlationid linkedid \
                 globalcallid uniqueid"
            }
        };
        names.split_whitespace()
    }
}

/// A wish of the command line: `ROLE=NAME`, or `ROLE=NAME+NAME` for a date and a time apart.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    role: Role,
    name: String,
}

impl Wish {
    /// Reads a wish.
    ///
    /// # Errors
    /// What is accepted.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let accepted = || {
            let names: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
            format!(
                "accepted: ROLE=NAME, where ROLE is one of {}",
                names.join(", ")
            )
        };
        let (role, name) = text.split_once('=').ok_or_else(accepted)?;
        let role = Role::ALL
            .into_iter()
            .find(|known| known.name() == role.trim());
        Ok(Self {
            role: role.ok_or_else(accepted)?,
            name: name.to_owned(),
        })
    }
}

/// Where everything stands in a record.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Columns {
    /// One place, or those of a date and of a time.
    pub(super) start: Vec<usize>,
    pub(super) end: Vec<usize>,
    pub(super) duration: Option<usize>,
    pub(super) caller: Option<usize>,
    pub(super) called: Option<usize>,
    pub(super) call_id: Option<usize>,
    /// Whether the start is that of talking: without one, nobody answered.
    pub(super) start_is_answer: bool,
    /// Whether durations are milliseconds.
    pub(super) in_ms: bool,
}

impl Columns {
    /// Finds the columns by what is wished, and the others by their names.
    ///
    /// # Errors
    /// What is missing, for people.
    pub(super) fn find(head: &[String], wishes: &[Wish]) -> Result<Self, String> {
        let head: Vec<String> = head.iter().map(|name| plain(name)).collect();
        let place = |name: &str| head.iter().position(|column| *column == plain(name));
        let places = |name: &str| name.split('+').map(place).collect::<Option<Vec<usize>>>();
        let find = |role: Role| -> Result<Vec<usize>, String> {
            if let Some(wish) = wishes.iter().find(|wish| wish.role == role) {
                let missing = || format!("--columns: the table has no column `{}`", wish.name);
                return places(&wish.name).ok_or_else(missing);
            }
            let known = role.names().find_map(places);
            Ok(known.unwrap_or_default())
        };
        let one = |role| Ok::<_, String>(find(role)?.first().copied());
        let start = find(Role::Start)?;
        let name_of = |place: Option<&usize>| place.and_then(|&place| head.get(place));
        let start_name = name_of(start.first());
        let duration = one(Role::Duration)?;
        let columns = Self {
            start_is_answer: start_name
                .is_some_and(|name| name.contains("answer") || name.contains("connect")),
            in_ms: name_of(duration.as_ref()).is_some_and(|name| name.ends_with("ms")),
            start,
            end: find(Role::End)?,
            duration,
            caller: one(Role::Caller)?,
            called: one(Role::Called)?,
            call_id: one(Role::CallId)?,
        };
        columns.check()
    }

    fn check(self) -> Result<Self, String> {
        let hint = "name it with --columns ROLE=NAME";
        if self.start.is_empty() {
            return Err(format!("no column says when calls began: {hint}"));
        }
        let numbers = self.caller.is_some() || self.called.is_some();
        if self.call_id.is_none() && !numbers {
            return Err(format!("no column says whose calls these are: {hint}"));
        }
        Ok(self)
    }

    /// What was taken for what, for people.
    pub(super) fn words(&self, head: &[String]) -> String {
        let alone = |place: Option<usize>| place.into_iter().collect::<Vec<_>>();
        let words = [
            (Role::Start, self.start.clone()),
            (Role::End, self.end.clone()),
            (Role::Duration, alone(self.duration)),
            (Role::Caller, alone(self.caller)),
            (Role::Called, alone(self.called)),
            (Role::CallId, alone(self.call_id)),
        ];
        let name = |place: usize| head.get(place).map_or("", |name| name.trim());
        let word = |(role, places): (Role, Vec<usize>)| {
            let names: Vec<&str> = places.into_iter().map(name).collect();
            let names = if names.is_empty() {
                "none".to_owned()
            } else {
                names.join("+")
            };
            format!("{}={names}", role.name())
        };
        words.map(word).join(", ")
    }
}

fn plain(name: &str) -> String {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(head: &str, wishes: &[&str]) -> Result<Columns, String> {
        let head: Vec<String> = head.split(',').map(str::to_owned).collect();
        let wishes: Vec<Wish> = wishes.iter().map(|w| Wish::parse(w).unwrap()).collect();
        Columns::find(&head, &wishes)
    }

    #[test]
    fn exports_of_well_known_systems_are_understood() {
        let asterisk = "accountcode,src,dst,dcontext,clid,start,answer,end,duration,billsec,\
                        disposition,uniqueid";
        let expected = Columns {
            start: vec![6],
            end: vec![7],
            duration: Some(9),
            caller: Some(1),
            called: Some(2),
            call_id: Some(11),
            start_is_answer: true,
            in_ms: false,
        };
        assert_eq!(find(asterisk, &[]), Ok(expected));
        let cucm = "globalCallID_callId,dateTimeOrigination,callingPartyNumber,\
                    originalCalledPartyNumber,finalCalledPartyNumber,dateTimeConnect,\
                    dateTimeDisconnect,duration";
        let found = find(cucm, &[]).unwrap();
        assert_eq!((found.start, found.end), (vec![5], vec![6]));
        assert_eq!((found.caller, found.called), (Some(2), Some(4)));
        let parted = find("Date,Time,Duration (ms),From,To", &[]).unwrap();
        assert_eq!((parted.start, parted.in_ms), (vec![0, 1], true));
        assert!(!parted.start_is_answer);
    }

    #[test]
    fn what_is_wished_goes_before_what_is_known() {
        let wishes = ["start=Tag+Uhr zeit", "caller=WER", "called=dst"];
        let found = find("start,Tag,Uhrzeit,wer,dst", &wishes).unwrap();
        assert_eq!((found.start, found.caller), (vec![1, 2], Some(3)));
        let missing = find("start,src", &["caller=nobody"]).unwrap_err();
        assert!(missing.contains("`nobody`"), "{missing}");
        assert!(find("src,dst", &[]).unwrap_err().contains("began"));
        assert!(find("start,end", &[]).unwrap_err().contains("whose"));
        for bad in ["start", "begin=x"] {
            assert!(Wish::parse(bad).unwrap_err().contains("call-id"), "{bad}");
        }
    }
}
