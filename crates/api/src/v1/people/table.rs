//! A table of users as comma-separated values (RFC 4180), read row by row.
//!
//! Knows columns and nothing of the catalogue. Never fails on a row without naming it.

use crate::csv::{Record, Records};
use catalogue::NewUser;
use model::access::Level;
use model::people::User;

/// Most rows of a table.
const ROWS_MAX: usize = 20_000;

/// Most passwords of a table: each takes some 30 ms of a core.
const PASSWORDS_MAX: usize = 500;

/// The columns, in any order; letter case, blanks, `_` and `-` in their names are ignored.
/// Lists in a cell are separated by `;`.
const COLUMNS: [&str; 9] = [
    "username",
    "firstname",
    "lastname",
    "numbers",
    "group",
    "supervises",
    "department",
    "level",
    "numericid",
];

/// The column of new passwords.
const PASSWORD: &str = "password";

/// A row: a user, and the password to set.
pub(super) struct Row {
    pub(super) line: usize,
    pub(super) user: NewUser,
    pub(super) password: Option<String>,
    /// Columns that say something in this row.
    said: Vec<&'static str>,
}

impl Row {
    /// Takes over from a user who is there what the row says nothing about.
    pub(super) fn keep(&mut self, known: &User) {
        for column in COLUMNS {
            if self.said.contains(&column) {
                continue;
            }
            let user = &mut self.user;
            match column {
                "firstname" => user.first_name.clone_from(&known.person.first_name),
                "lastname" => user.last_name.clone_from(&known.person.last_name),
                "numbers" => user.numbers.clone_from(&known.numbers),
                "group" => user.group = Some(known.person.group.clone()),
                "supervises" => user.supervises.clone_from(&known.supervises),
                "department" => user.department.clone_from(&known.person.department),
                "level" => user.level = known.level,
                "numericid" => user.numeric_id = known.numeric_id,
                _ => {}
            }
        }
    }
}

/// Reads a table. Errors are one sentence each, with the line they are about.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Row>, Vec<String>> {
    let text = str::from_utf8(bytes).map_err(|_| vec!["the table is not UTF-8".to_owned()])?;
    let mut records = records(text).map_err(|fault| vec![fault])?.into_iter();
    let (_, head) = records
        .next()
        .ok_or_else(|| vec!["the table is empty".to_owned()])?;
    let columns = columns(&head)?;
    let (mut rows, mut faults, mut passwords) = (Vec::new(), Vec::new(), 0);
    for (line, cells) in records {
        if rows.len() >= ROWS_MAX {
            return Err(vec![format!("the table has more than {ROWS_MAX} rows")]);
        }
        match row(line, &columns, &cells) {
            Ok(row) => {
                passwords += usize::from(row.password.is_some());
                rows.push(row);
            }
            Err(fault) => faults.push(format!("line {line}: {fault}")),
        }
    }
    if passwords > PASSWORDS_MAX {
        faults.push(format!("the table has more than {PASSWORDS_MAX} passwords"));
    }
    if faults.is_empty() {
        Ok(rows)
    } else {
        Err(faults)
    }
}

fn columns(head: &[String]) -> Result<Vec<String>, Vec<String>> {
    let plain = |name: &String| {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        letters.collect::<String>().to_ascii_lowercase()
    };
    let columns: Vec<String> = head.iter().map(plain).collect();
    let mut faults = Vec::new();
    for (place, column) in columns.iter().enumerate() {
        if column != PASSWORD && !COLUMNS.contains(&column.as_str()) {
            faults.push(format!("column {} is not known", place + 1));
        }
        if columns.iter().take(place).any(|other| other == column) {
            faults.push(format!("column {column} is there twice"));
        }
    }
    if !columns.iter().any(|column| column == "username") {
        faults.push("there is no column username".to_owned());
    }
    if faults.is_empty() {
        Ok(columns)
    } else {
        Err(faults)
    }
}

fn row(line: usize, columns: &[String], cells: &[String]) -> Result<Row, String> {
    if cells.len() != columns.len() {
        return Err(format!(
            "{} cells instead of {}",
            cells.len(),
            columns.len()
        ));
    }
    let mut user = NewUser::new("", "");
    user.group = Some(String::new());
    let mut password = None;
    let mut said = Vec::new();
    for (column, cell) in columns.iter().zip(cells) {
        let cell = cell.trim();
        // An empty cell empties a text or a list; a level or a number it leaves as it is.
        let counts = !cell.is_empty() || !["level", "numericid"].contains(&column.as_str());
        said.extend(COLUMNS.into_iter().filter(|name| name == column && counts));
        let list = || {
            let parts = cell.split(';').map(str::trim);
            parts.filter(|part| !part.is_empty()).map(str::to_owned)
        };
        match column.as_str() {
            "username" => cell.clone_into(&mut user.username),
            "firstname" => cell.clone_into(&mut user.first_name),
            "lastname" => cell.clone_into(&mut user.last_name),
            "numbers" => user.numbers = list().collect(),
            "group" => user.group = Some(cell.to_owned()),
            "supervises" => user.supervises = list().collect(),
            "department" => cell.clone_into(&mut user.department),
            "level" if !cell.is_empty() => {
                let level = Level::parse(&cell.to_ascii_lowercase());
                user.level = level.ok_or("level is none, record, base, complete or 0 to 10")?;
            }
            "numericid" if !cell.is_empty() => {
                let number = cell.parse().map_err(|_| "numericId is a number")?;
                user.numeric_id = Some(number);
            }
            PASSWORD if !cell.is_empty() => {
                crate::passwords::check(cell).map_err(|error| error.to_string())?;
                password = Some(cell.to_owned());
            }
            _ => {}
        }
    }
    Ok(Row {
        line,
        user,
        password,
        said,
    })
}

/// Lines of cells, each with its number.
fn records(text: &str) -> Result<Vec<(usize, Vec<String>)>, String> {
    let records = Records::new(text.as_bytes(), None).map_err(|error| error.to_string())?;
    let numbered = |record: Record| {
        let line = usize::try_from(record.line).unwrap_or(usize::MAX);
        (line, record.cells)
    };
    let records = records.map(|record| record.map(numbered));
    records
        .collect::<Result<_, _>>()
        .map_err(|fault| fault.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_table_is_read() {
        let table = "\u{feff}User Name,First_Name,NUMBERS,supervises,level,password\r\n\
                     john,\"John \"\"J\"\", Jr\",225; +39 1,Sales;Support,base,\r\n\
                     \r\n\
                     jane,,,,10,long enough\n";
        let rows = read(table.as_bytes()).unwrap_or_else(|faults| panic!("{faults:?}"));
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].user.first_name, "John \"J\", Jr");
        assert_eq!(rows[0].user.numbers, ["225", "+39 1"]);
        assert_eq!(rows[0].user.supervises, ["Sales", "Support"]);
        assert_eq!(rows[0].user.level, Level::BASE);
        assert_eq!((rows[0].line, rows[1].line), (2, 4));
        assert_eq!(rows[1].user.level, Level::COMPLETE);
        assert_eq!(rows[1].password.as_deref(), Some("long enough"));
    }

    #[test]
    fn what_a_table_does_not_say_stays() {
        let known = User {
            id: model::people::UserId(1),
            person: model::people::Person {
                first_name: "John".to_owned(),
                group: "Sales".to_owned(),
                ..model::people::Person::default()
            },
            numbers: vec!["225".to_owned()],
            supervises: Vec::new(),
            level: Level::COMPLETE,
            numeric_id: Some(7),
        };
        let mut rows = read(b"username,group,level\njohn,,\n").unwrap_or_default();
        rows[0].keep(&known);
        let user = &rows[0].user;
        assert_eq!((user.level, user.numeric_id), (Level::COMPLETE, Some(7)));
        assert_eq!(
            (user.first_name.as_str(), user.group.as_deref()),
            ("John", Some(""))
        );
        assert_eq!(user.numbers, ["225"]);
    }

    #[test]
    fn every_fault_is_named() {
        let faults = |table: &str| match read(table.as_bytes()) {
            Err(faults) => faults.join("\n"),
            Ok(_) => String::new(),
        };
        assert!(faults("").contains("empty"));
        assert!(faults("name\nx").contains("no column username"));
        assert!(faults("username,shoe size\nx,1").contains("column 2"));
        assert!(faults("username,username\nx,1").contains("twice"));
        let both = faults("username,level\na,boss\nb,base,1\nc,base");
        assert!(both.contains("line 2: level") && both.contains("line 3: 3 cells"));
        assert!(faults("username,password\na,short").contains("line 2: a password"));
        assert!(faults("username\n\"a").contains("not closed"));
    }

    #[test]
    fn semicolons_may_stand_for_commas() {
        let rows = read(b"username;level\njohn;base\n").unwrap_or_default();
        assert_eq!(rows[0].user.username, "john");
    }

    proptest! {
        #[test]
        fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
            let mut table = b"username,numbers\n".to_vec();
            table.extend(bytes);
            let _ = read(&table);
        }
    }
}
