//! The columns that a table may have: by id, or by the Chinese headings of the template.

use std::{collections::BTreeMap, sync::LazyLock};

use junheng_domain::element::Element;

use super::template::{ITEM_COLUMNS, SCHOOL_COLUMNS, heading};

/// The columns of one kind of table.
#[derive(Debug)]
pub(super) struct Columns {
    /// Id by id and by heading.
    names: BTreeMap<String, &'static str>,
    /// Columns that must be there.
    required: &'static [&'static str],
    /// Columns that stand there for people, and are not read.
    unread: &'static [&'static str],
}

/// What a school's row says besides its elements, with headings.
const ATTRIBUTES: [(&str, &str); 6] = [
    ("organiser_type", "举办者类型"),
    ("urban_rural_code", "城乡分类代码"),
    ("group", "教育集团"),
    ("group_role", "集团中的角色"),
    ("opened_on", "开办日期"),
    ("closed_on", "撤销日期"),
];

/// The table of schools.
pub(super) static SCHOOLS: LazyLock<Columns> = LazyLock::new(|| {
    let mut columns = Columns { names: BTreeMap::new(), required: &["school_code"], unread: &[] };
    for (id, heading, _) in SCHOOL_COLUMNS {
        columns.add(id, heading);
    }
    columns.add("school_code", "学校（机构）标识码");
    for (id, heading) in ATTRIBUTES {
        columns.add(id, heading);
    }
    for element in Element::all() {
        let definition = element.definition();
        columns.add(definition.id, definition.title);
        columns.add(definition.id, &heading(element));
        columns.add(definition.id, &format!("{}({})", definition.title, definition.unit));
    }
    columns
});

/// The table of county items.
pub(super) static ITEMS: LazyLock<Columns> = LazyLock::new(|| {
    let mut columns = Columns {
        names: BTreeMap::new(),
        required: &["item", "operand", "value"],
        unread: &["item_title", "operand_title", "kind", "last_value"],
    };
    for (id, heading, _) in ITEM_COLUMNS {
        columns.add(id, heading);
    }
    columns
});

impl Columns {
    /// Columns with their headings, the first ones of which must be there.
    pub(super) fn of(columns: &[(&'static str, &str)], required: &'static [&'static str]) -> Self {
        let mut all = Self { names: BTreeMap::new(), required, unread: &[] };
        for (id, heading) in columns {
            all.add(id, heading);
        }
        all
    }

    fn add(&mut self, id: &'static str, heading: &str) {
        self.names.insert(id.to_owned(), id);
        self.names.insert(heading.to_owned(), id);
    }

    /// The id of a column by what its header says.
    pub(super) fn find(&self, name: &str) -> Option<&'static str> {
        self.names.get(name.trim()).copied()
    }

    /// The columns that must be there.
    pub(super) fn required(&self) -> impl Iterator<Item = &'static str> {
        self.required.iter().copied()
    }

    /// Whether what stands in a column is read.
    pub(super) fn reads(&self, id: &str) -> bool {
        !self.unread.contains(&id)
    }

    /// A column as the header of a file has it: its id, with the heading of the template.
    pub(super) fn heading(&self, id: &str) -> String {
        let heading = self.names.iter().find(|(name, of)| **of == id && name.as_str() != id);
        heading.map_or_else(|| id.to_owned(), |(heading, _)| format!("{id}（{heading}）"))
    }
}
