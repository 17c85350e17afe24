//! Rows of table `reports`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub county_code: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    pub month: i32,
    pub standard_id: String,
    pub format: String,
    pub media_type: String,
    pub file_name: String,
    pub byte_count: i64,
    pub digest: String,
    pub inputs_digest: String,
    pub submission_number: Option<i32>,
    pub revision: Option<i32>,
    pub evaluated_at_unix_ms: i64,
    pub issued_by: String,
    pub known_at_unix_ms: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
