//! A report table with the columns name, measurement and goal.

use std::fmt;

/// Lines of the table.
#[derive(Debug, Clone, Default)]
pub struct Table {
    lines: Vec<[String; 3]>,
}

impl Table {
    /// Adds a line; `goal` may be empty.
    pub fn add(&mut self, name: &str, measured: String, goal: &str) {
        self.lines.push([name.to_owned(), measured, goal.to_owned()]);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: fn(&[String; 3]) -> &String| {
            let widths = self.lines.iter().map(|line| column(line).chars().count());
            widths.max().unwrap_or(0)
        };
        let (names, figures) = (width(|[name, _, _]| name), width(|[_, figure, _]| figure));
        for [name, figure, goal] in &self.lines {
            let line = format!("{name:names$}  {figure:>figures$}  {goal}");
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::default();
        table.add("a", "1".to_owned(), "");
        table.add("long", "1,000".to_owned(), "goal");
        assert_eq!(table.to_string(), "a         1\nlong  1,000  goal\n");
    }
}
