//! What holds of a table of users whatever bytes it is: called by `crate::fuzz`.

use super::table::{Row, read};

/// See `crate::fuzz::csv_import`.
pub(crate) fn table(data: &[u8]) {
    let rows = match read(data) {
        Ok(rows) => rows,
        Err(faults) => return assert!(!faults.is_empty(), "a refusal says why"),
    };
    let lines = data.iter().filter(|byte| **byte == b'\n').count();
    let numbers: Vec<usize> = rows.iter().map(|row| row.line).collect();
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
    assert!(
        numbers
            .last()
            .is_none_or(|last| (2..=lines + 1).contains(last))
    );
    let mut written =
        "username,firstname,lastname,numbers,group,supervises,department,level,numericid,password\n"
            .to_owned();
    for row in &rows {
        let cells: Vec<String> = cells(row).iter().map(|cell| quoted(cell)).collect();
        written.push_str(&cells.join(","));
        written.push_str("\r\n");
    }
    let again = read(written.as_bytes());
    let again = again.unwrap_or_else(|faults| panic!("{faults:?} in {written}"));
    let all = |rows: &[Row]| rows.iter().map(cells).collect::<Vec<_>>();
    assert_eq!(all(&again), all(&rows), "written they are the same rows");
}

fn cells(row: &Row) -> [String; 10] {
    let user = &row.user;
    [
        user.username.clone(),
        user.first_name.clone(),
        user.last_name.clone(),
        user.numbers.join(";"),
        user.group.clone().unwrap_or_default(),
        user.supervises.join(";"),
        user.department.clone(),
        user.level.number().to_string(),
        user.numeric_id.map(|id| id.to_string()).unwrap_or_default(),
        row.password.clone().unwrap_or_default(),
    ]
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}
