//! Rows of table `submissions`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "submissions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub county_code: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub month: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    pub state: String,
    pub revision: Option<i32>,
    pub request_id: String,
    pub school_count: i32,
    pub item_count: i32,
    pub content_digest: String,
    pub known_at_unix_ms: i64,
    pub caller: String,
    pub trace_parent: String,
    pub findings_json: String,
    pub acknowledgements_json: String,
    pub held_at_unix_ms: Option<i64>,
    pub withdrawal_reason: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
