//! What a text names, in both languages.

use crate::{
    code::{Month, RegionCode, SchoolCode},
    element::Element,
    quantity::Quantity,
    school::{SchoolType, Stage},
};

/// What stands in a text for one of its placeholders, in Chinese and in English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    pub(super) zh: String,
    pub(super) en: String,
}

impl Term {
    /// Chinese and English.
    #[must_use]
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// Several, one after another.
    #[must_use]
    pub fn list<T: Clone + Into<Self>>(of: &[T]) -> Self {
        let (zh, en): (Vec<String>, Vec<String>) =
            of.iter().cloned().map(Into::into).map(|term: Self| (term.zh, term.en)).unzip();
        Self::new(zh.join("、"), en.join(", "))
    }

    /// Something of it: `规划布局合理的声明日期`, `The declaration date of …`.
    #[must_use]
    pub fn part(&self, zh: &str, en: &str) -> Self {
        Self::new(format!("{}的{zh}", self.zh), format!("The {en} of {}", self.en))
    }
}

impl From<String> for Term {
    fn from(same: String) -> Self {
        Self { en: same.clone(), zh: same }
    }
}

impl From<&str> for Term {
    fn from(same: &str) -> Self {
        Self::new(same, same)
    }
}

impl From<Element> for Term {
    fn from(element: Element) -> Self {
        Self::new(element.definition().title, element.definition().title_en)
    }
}

impl From<Stage> for Term {
    fn from(stage: Stage) -> Self {
        let en = match stage {
            Stage::Primary => "primary",
            Stage::Junior => "junior secondary",
            Stage::Senior => "senior secondary",
        };
        Self::new(stage.title(), en)
    }
}

impl From<SchoolType> for Term {
    fn from(kind: SchoolType) -> Self {
        Self::new(kind.title(), format!("school of type {kind}"))
    }
}

/// What is written alike in every language.
macro_rules! alike {
    ($($kind:ty),*) => {
        $(impl From<$kind> for Term {
            fn from(same: $kind) -> Self {
                same.to_string().into()
            }
        })*
    };
}

alike!(&String, Quantity, Month, &SchoolCode, &RegionCode, usize, u16, u32);
