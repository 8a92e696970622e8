//! The grammar of the list's filters: `[operator ":"] operand [";" operand]`.
//!
//! Reads the form alone. What a date is, and which filter takes which operator, is
//! `query`'s to know. Reading never fails without saying why, and never panics.

/// How a value is compared. Nothing said means [`Operator::Equals`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Operator {
    Equals,
    Before,
    After,
    Between,
    Contains,
}

impl Operator {
    const ALL: [Self; 5] = [
        Self::Equals,
        Self::Before,
        Self::After,
        Self::Between,
        Self::Contains,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Equals => "equals",
            Self::Before => "before",
            Self::After => "after",
            Self::Between => "between",
            Self::Contains => "contains",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|operator| operator.name().eq_ignore_ascii_case(name))
    }
}

/// A value taken apart.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Condition {
    pub(super) operator: Operator,
    /// Without escapes; never none.
    pub(super) operands: Vec<String>,
}

/// Words before a colon that are no operators but begin an address.
const SCHEMES: [&str; 3] = ["sip", "sips", "tel"];

/// Takes a value (already percent-decoded) apart. `Err` holds what stands where an operator
/// stands and is none.
///
/// What comes before a colon is an operator only when it is the name of one: dates and
/// addresses have colons too. A word of letters that is neither is a mistake, and a list that
/// took it for a number would come out empty without saying why.
pub(super) fn parse(value: &str) -> Result<Condition, String> {
    let (operator, operand) = match value.split_once(':') {
        Some((name, operand)) => match Operator::from_name(name) {
            Some(operator) => (operator, operand),
            None if is_mistaken(name) => return Err(name.to_owned()),
            None => (Operator::Equals, value),
        },
        None => (Operator::Equals, value),
    };
    Ok(Condition {
        operator,
        operands: operands(operand),
    })
}

fn is_mistaken(name: &str) -> bool {
    let word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    word && !SCHEMES
        .iter()
        .any(|scheme| scheme.eq_ignore_ascii_case(name))
}

/// Splits at each `;` and takes the escapes out: `\;` and `\\`. A backslash before anything
/// else stands for itself.
fn operands(text: &str) -> Vec<String> {
    let mut operands = Vec::new();
    let mut operand = String::new();
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        match (letter, rest.peek()) {
            ('\\', Some(&escaped @ (';' | '\\'))) => {
                rest.next();
                operand.push(escaped);
            }
            (';', _) => operands.push(std::mem::take(&mut operand)),
            (letter, _) => operand.push(letter),
        }
    }
    operands.push(operand);
    operands
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The value that means this condition.
    pub(crate) fn print(condition: &Condition) -> String {
        let operands: Vec<String> = condition
            .operands
            .iter()
            .map(|operand| operand.replace('\\', r"\\").replace(';', r"\;"))
            .collect();
        format!("{}:{}", condition.operator.name(), operands.join(";"))
    }

    fn condition(operator: Operator, operands: &[&str]) -> Condition {
        Condition {
            operator,
            operands: operands.iter().map(|text| (*text).to_owned()).collect(),
        }
    }

    #[test]
    fn the_published_examples() {
        for (value, operator, operands) in [
            (
                "2018-11-01T00:00:00Z",
                Operator::Equals,
                &["2018-11-01T00:00:00Z"] as &[&str],
            ),
            ("equals:225", Operator::Equals, &["225"]),
            (
                "before:2018-11-01T00:00:00Z",
                Operator::Before,
                &["2018-11-01T00:00:00Z"],
            ),
            ("between:a;b", Operator::Between, &["a", "b"]),
            ("contains:+1234", Operator::Contains, &["+1234"]),
            (
                r"semi\;colon and back\\slash",
                Operator::Equals,
                &[r"semi;colon and back\slash"],
            ),
        ] {
            assert_eq!(parse(value), Ok(condition(operator, operands)), "{value}");
        }
    }

    #[test]
    fn a_prefix_is_an_operator_only_when_it_is_one() {
        for (value, operator, operand) in [
            ("CONTAINS:2", Operator::Contains, "2"),
            ("equals:equals:2", Operator::Equals, "equals:2"),
            (
                "sip:225@example.net",
                Operator::Equals,
                "sip:225@example.net",
            ),
            ("TEL:225", Operator::Equals, "TEL:225"),
            ("22:5", Operator::Equals, "22:5"),
            (":225", Operator::Equals, ":225"),
            ("contains", Operator::Equals, "contains"),
            ("contains:", Operator::Contains, ""),
            ("", Operator::Equals, ""),
            (r"a\b", Operator::Equals, r"a\b"),
            (r"\", Operator::Equals, r"\"),
            (r"\\\\;", Operator::Equals, r"\\"),
        ] {
            let parsed = parse(value).unwrap();
            assert_eq!(
                (parsed.operator, parsed.operands[0].as_str()),
                (operator, operand)
            );
        }
        for value in ["startswith:2", "like:a", "Since:2018-11-01", "e:"] {
            assert_eq!(
                parse(value),
                Err(value.split_once(':').unwrap().0.to_owned())
            );
        }
    }

    prop_compose! {
        pub(crate) fn conditions()(
            operator in prop::sample::select(&Operator::ALL[..]),
            operands in prop::collection::vec(r"[ -~é;\\:+%]{0,12}", 1..4),
        ) -> Condition {
            Condition { operator, operands }
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(condition in conditions()) {
            prop_assert_eq!(parse(&print(&condition)), Ok(condition));
        }

        #[test]
        fn text_never_panics(
            value in ".{0,60}",
            wild in r"(equals|between|after)?:?[;\\: a-z0-9]{0,20}",
        ) {
            for value in [value, wild] {
                if let Ok(condition) = parse(&value) {
                    prop_assert!(!condition.operands.is_empty());
                }
            }
        }
    }
}
