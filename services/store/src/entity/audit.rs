//! Rows of table `audit`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub county_code: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub at_unix_ms: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    pub caller: String,
    pub trace_id: String,
    pub action: String,
    pub resource: String,
    pub outcome: String,
    pub request_id: String,
    pub detail: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
