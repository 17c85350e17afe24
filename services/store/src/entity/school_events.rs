//! Rows of table `school_events`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "school_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub county_code: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_code: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub known_at_unix_ms: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i32,
    pub day: String,
    pub kind: String,
    pub document: String,
    pub name: Option<String>,
    pub school_type: Option<String>,
    pub organiser_type: Option<i32>,
    pub urban_rural_code: Option<String>,
    pub education_group: Option<String>,
    pub group_role: Option<String>,
    pub related_codes: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
