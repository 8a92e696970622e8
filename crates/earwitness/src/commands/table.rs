//! Tables for people: aligned columns, two blanks between them.

/// The table's lines, the head first.
pub(super) fn lines(head: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let width_of = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let widest = cells
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default();
        widest.max(head.get(column).map_or(0, |title| title.chars().count()))
    };
    let widths: Vec<usize> = (0..head.len()).map(width_of).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (cell, width) in cells.zip(&widths) {
            text.push_str(&format!("{cell:<width$}  "));
        }
        text.trim_end().to_owned()
    };
    let mut lines = vec![line(&mut head.iter().copied())];
    lines.extend(
        rows.iter()
            .map(|row| line(&mut row.iter().map(String::as_str))),
    );
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            vec!["José".to_owned(), "1".to_owned()],
            vec!["b".to_owned(), String::new()],
        ];
        assert_eq!(lines(&["NAME", "N"], &rows), ["NAME  N", "José  1", "b"]);
        assert_eq!(lines(&["NAME", "N"], &[]), ["NAME  N"]);
    }
}
