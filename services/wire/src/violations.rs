//! Wrong fields of a request, collected so that all are told at once, to developers and to people.

use std::borrow::Cow;

use junheng_domain::{code::CodeError, inflow::DueDayError, school::UnknownSchoolType};

use crate::{name::NameError, status::RpcError};

/// What is wrong with a field, where more than one request can have it so: in English, which continues a sentence that begins
/// with the field, and in Chinese.
pub type Words = (&'static str, &'static str);

/// Nothing is in it.
pub const EMPTY: Words = ("is empty", "为空");
/// It has to be given.
pub const MISSING: Words = ("is missing", "没有给出");
/// An element of a list that is another's repetition.
pub const TWICE: Words = ("stands twice", "重复");
/// An instant later than now.
pub const IN_THE_FUTURE: Words = ("lies in the future", "晚于现在");
/// An instant outside of what can be told.
pub const NO_INSTANT: Words = ("is no instant", "不是时刻");
/// A text that is no day.
pub const NO_DATE: Words = ("is no date", "须写成 2024-12-01");
/// The last month of a range that begins later.
pub const BEFORE_FROM_MONTH: Words = ("lies before from_month", "早于 from_month");
/// Part of a range, where one month is asked for.
pub const BESIDE_MONTH: Words = ("stands beside month", "不能与 month 同时给出");
/// A region that others lie below.
pub const NO_COUNTY: Words = ("is no county: other regions lie below it", "不是县级区划：其下还有区划");
/// A province that is to be a county.
pub const PROVINCE: Words = ("is a province, not a county", "是省级区划，不是县级区划");
/// What lies in a county, and not in the one that the request is about.
pub const OF_ANOTHER_COUNTY: Words = ("lies in another county than parent", "不属于 parent 所指的县");
/// A stage that is none.
pub const UNKNOWN_STAGE: Words = ("is no known stage", "不是已有的学段");
/// A format that is none.
pub const UNKNOWN_FORMAT: Words = ("is no known format", "不是已有的格式");
/// An indicator that the standard has not.
pub const UNKNOWN_INDICATOR: Words = ("is no indicator of the standard", "标准中没有这项指标");
/// A token that the list did not give.
pub const UNKNOWN_TOKEN: Words = ("is none that was given by this list", "不是本接口给出的标记");

/// What is wrong with a field.
#[derive(Debug, Clone)]
pub struct Fault {
    pub(crate) english: Cow<'static, str>,
    pub(crate) chinese: Cow<'static, str>,
}

impl<E: Into<Cow<'static, str>>, C: Into<Cow<'static, str>>> From<(E, C)> for Fault {
    fn from((english, chinese): (E, C)) -> Self {
        Self { english: english.into(), chinese: chinese.into() }
    }
}

impl From<CodeError> for Fault {
    fn from(error: CodeError) -> Self {
        let chinese = match error {
            CodeError::Region => "须为6位行政区划代码",
            CodeError::School => "须为10位学校标识码",
            CodeError::Month => "须写成 2024-12",
        };
        (format!("is {error}"), chinese).into()
    }
}

impl From<DueDayError> for Fault {
    fn from(error: DueDayError) -> Self {
        (format!("is {error}"), "须为每月1至28日").into()
    }
}

impl From<UnknownSchoolType> for Fault {
    fn from(error: UnknownSchoolType) -> Self {
        (format!("is {error}"), "不是已有的办学类型代码").into()
    }
}

impl From<NameError> for Fault {
    fn from(error: NameError) -> Self {
        (format!("is {error}"), format!("须写成 {}", error.form)).into()
    }
}

/// The wrong fields found so far: where they are and what is wrong.
#[derive(Debug, Clone, Default)]
pub struct Violations(pub(crate) Vec<(String, Fault)>);

impl Violations {
    /// Adds a wrong field.
    pub fn add(&mut self, field: &str, fault: impl Into<Fault>) {
        self.0.push((field.to_owned(), fault.into()));
    }

    /// Takes a result, and keeps its error as what is wrong with the field.
    pub fn take<T, E: Into<Fault>>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(field, error)).ok()
    }

    /// Holds a request id against its form.
    pub fn request_id(&mut self, request_id: &str) {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if request_id.is_empty() || request_id.len() > 64 || !request_id.bytes().all(allowed) {
            self.add(
                "request_id",
                ("is not 1 to 64 letters, digits, '.', '_' or '-'", "须为1至64个字母、数字、点、下划线或连字符"),
            );
        }
    }

    /// Ends the collection.
    ///
    /// # Errors
    ///
    /// [`RpcError::Invalid`] when any field is wrong.
    pub fn finish(self) -> Result<(), RpcError> {
        if self.0.is_empty() { Ok(()) } else { Err(RpcError::Invalid(self)) }
    }
}
