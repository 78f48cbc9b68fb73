//! Tables as data: the columns of a value of the domain, with their types and contents, and how they are read and
//! written. Lists of columns, types of parameters and the list of personal data follow from them.

use std::fmt;
use std::sync::LazyLock;

use diesel::deserialize::{FromSql, QueryableByName, Result as Deserialized};
use diesel::pg::Pg;
use diesel::row::NamedRow;
use serde::ser::{Serialize, SerializeMap, Serializer};
use users_domain::model::InvalidValue;

use super::invalid;
use crate::failure::Failure;
use crate::schema::Content;

/// A value that one column stores.
pub(crate) trait Value: Sized {
    /// The type when the column is read.
    type Sql;
    type Stored: FromSql<Self::Sql, Pg>;
    /// The type of the column.
    const TYPE: &'static str;

    fn read(stored: Self::Stored) -> Result<Self, InvalidValue>;

    /// Writes the value as a member of a JSON record.
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error>;
}

#[derive(Clone, Copy)]
pub(crate) struct StoredColumn {
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) content: Content,
    /// The expression that reads the column, if it is not the column itself.
    pub(super) expression: Option<&'static str>,
}

impl StoredColumn {
    pub(crate) const fn of<V: Value>(name: &'static str, content: Content) -> Self {
        Self { name, kind: V::TYPE, content, expression: None }
    }

    /// Whether the type allows any content.
    pub(crate) fn is_open(&self) -> bool {
        ["text", "text[]", "jsonb", "bytea"].contains(&self.kind)
    }

    fn selected(&self, table: &str) -> String {
        let name = self.name;
        match (self.expression, self.kind) {
            (Some(expression), _) => format!("{expression} AS {name}"),
            (None, "jsonb") => format!("{table}.{name}::text AS {name}"),
            (None, _) => format!("{table}.{name}"),
        }
    }
}

/// A part of the text of a statement for each of these columns.
pub(crate) fn joined<'a>(
    columns: impl IntoIterator<Item = &'a StoredColumn>,
    part: impl Fn(&StoredColumn) -> String,
) -> String {
    let parts: Vec<_> = columns.into_iter().map(part).collect();
    parts.join(", ")
}

/// Names with types, for the record of `jsonb_to_recordset`.
pub(crate) fn typed<'a>(columns: impl IntoIterator<Item = &'a StoredColumn>) -> String {
    joined(columns, |column| format!("{} {}", column.name, column.kind))
}

pub(crate) fn names<'a>(columns: impl IntoIterator<Item = &'a StoredColumn>) -> String {
    joined(columns, |column| column.name.to_owned())
}

/// Assignments from the record `r`.
pub(crate) fn assignments<'a>(columns: impl IntoIterator<Item = &'a StoredColumn>) -> String {
    joined(columns, |column| format!("{0} = r.{0}", column.name))
}

/// A value that several columns store.
pub(crate) trait Columns: Sized {
    fn columns() -> Vec<StoredColumn>;

    fn read<'a>(row: &impl NamedRow<'a, Pg>) -> Result<Self, Failure>;

    /// Writes the columns as members of a JSON record.
    fn write<M: SerializeMap>(&self, to: &mut M) -> Result<(), M::Error>;
}

pub(crate) fn get<'a, V: Value>(
    row: &impl NamedRow<'a, Pg>,
    column: &'static str,
) -> Result<V, Failure> {
    let stored = NamedRow::get::<V::Sql, V::Stored>(row, column);
    let stored = stored.map_err(|_| Failure::defect(format!("{column} could not be read")))?;
    V::read(stored).map_err(invalid(column))
}

/// A value as a member of a JSON record.
pub(crate) struct Written<'a, V>(pub(crate) &'a V);

impl<V: Value> Serialize for Written<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

/// The columns of a struct: one for each of the first fields, and those of each field after `with`. A field that is
/// missing here does not compile.
macro_rules! columns {
    (
        $type:ident {
            $($field:ident: $value:ty = $column:literal, $content:ident;)*
        } with {
            $($group:ident: $columns:ty;)*
        }
    ) => {
        impl $crate::rows::columns::Columns for $type {
            fn columns() -> Vec<$crate::rows::columns::StoredColumn> {
                let own = [$($crate::rows::columns::StoredColumn::of::<$value>(
                    $column,
                    $crate::schema::Content::$content,
                )),*];
                let columns = own.into_iter();
                $(let columns = columns.chain(<$columns as $crate::rows::columns::Columns>::columns());)*
                columns.collect()
            }

            fn read<'a>(
                row: &impl diesel::row::NamedRow<'a, diesel::pg::Pg>,
            ) -> Result<Self, $crate::failure::Failure> {
                Ok(Self {
                    $($field: $crate::rows::columns::get::<$value>(row, $column)?,)*
                    $($group: <$columns as $crate::rows::columns::Columns>::read(row)?,)*
                })
            }

            fn write<M: serde::ser::SerializeMap>(&self, to: &mut M) -> Result<(), M::Error> {
                let Self { $($field,)* $($group,)* } = self;
                $(to.serialize_entry($column, &$crate::rows::columns::Written::<$value>($field))?;)*
                $($crate::rows::columns::Columns::write($group, to)?;)*
                Ok(())
            }
        }
    };
}
pub(super) use columns;

/// The list of columns that a [`Row`] reads.
pub(crate) struct SelectList(LazyLock<String>);

impl SelectList {
    pub(crate) const fn new(list: fn() -> String) -> Self {
        Self(LazyLock::new(list))
    }
}

impl fmt::Display for SelectList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The columns in a query in which the table has this alias.
pub(crate) fn selected<T: Columns>(table: &str) -> String {
    joined(&T::columns(), |column| column.selected(table))
}

/// A row of a query. Stored values were validated when written; an invalid one makes the call fail.
pub(crate) struct Row<T>(Result<T, Failure>);

impl<T: Columns> QueryableByName<Pg> for Row<T> {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> Deserialized<Self> {
        Ok(Self(T::read(row)))
    }
}

impl<T> Row<T> {
    pub(crate) fn into_record(self) -> Result<T, Failure> {
        self.0
    }
}
