//! Rows of table `audit_records`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_records")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub county_code: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    pub previous_hash: Vec<u8>,
    pub at_unix_ms: i64,
    pub subject: String,
    pub roles: String,
    pub peer: String,
    pub trace_id: String,
    pub action: String,
    pub resource: String,
    pub outcome: String,
    pub request_id: String,
    pub detail: String,
    pub hash: Vec<u8>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
