//! A verified user: what it shows, and what a client may still change.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use testkit::{a_user, base_time};
use users_domain::model::{
    ApplicationId, DateOfBirth, Email, Feature, FeatureStatus, FullName, ListUsers, Phone,
    SessionCounters, Timestamp, User, UserDetail, UserId, UserKey, UserPage, VerificationSource,
    VerifiedProfile,
};
use users_domain::ports::{
    Facts, Mutation, StoreError, UserReader, UserStore, WriteError, Written,
};
use users_domain::rules::{NewUser, Outcome, UserChange, evolve};

use crate::support::Api;

/// One verified user; what would be written is thrown away. No session is ingested yet that could verify a user of the
/// store in memory.
struct OneVerifiedUser(User);

impl OneVerifiedUser {
    fn new() -> Self {
        let command = a_user("ada");
        let mut declared = command.declared;
        declared.full_name = Some(FullName::parse("Ada Declared").unwrap());
        declared.emails = vec![Email::parse("declared@example.org").unwrap()];
        let new = NewUser {
            id: UserId::new(uuid::Uuid::from_u128(7)),
            application: ApplicationId::new(uuid::Uuid::from_u128(8)),
            vendor_data: command.vendor_data,
            status: command.status,
            display_name: None,
            declared,
            metadata: command.metadata,
            tags: Vec::new(),
        };
        let mut user = evolve(None, &UserChange::Created(Box::new(new)), base_time()).unwrap();
        user.record.version = 9;
        user.record.counters = SessionCounters {
            session_count: 4,
            approved_count: 1,
            declined_count: 2,
            in_review_count: 1,
        };
        user.record.activity.first_session_at = Some(base_time());
        user.record.activity.last_session_at = Some(base_time());
        user.record.features = [
            (Feature::Aml, FeatureStatus::InReview),
            (Feature::IdVerification, FeatureStatus::Approved),
        ]
        .into();
        user.record.profile.verified = VerifiedProfile {
            source: Some(VerificationSource {
                session_id: "session-1".to_owned(),
                at: base_time(),
            }),
            full_name: Some(FullName::parse("ADA VERIFIED").unwrap()),
            date_of_birth: Some(DateOfBirth::parse("1990-12-10", base_time().date()).unwrap()),
            portrait_image_url: Some("https://example.org/p.png".to_owned()),
            emails: vec![Email::parse("verified@example.org").unwrap()],
            phones: vec![Phone::parse("+34600").unwrap()],
            issuing_states: Vec::new(),
        };
        Self(user)
    }

    fn detail(&self) -> UserDetail {
        UserDetail {
            record: self.0.record.clone(),
            metadata: self.0.metadata.text(),
            comments: Vec::new(),
        }
    }
}

#[async_trait]
impl UserReader for OneVerifiedUser {
    async fn find(&self, _: ApplicationId, _: &UserKey) -> Result<Option<UserDetail>, StoreError> {
        Ok(Some(self.detail()))
    }

    async fn list(&self, _: ApplicationId, _: &ListUsers) -> Result<UserPage, StoreError> {
        Ok(UserPage {
            rows: vec![self.0.record.clone()],
            has_previous: false,
            has_next: false,
            count: users_domain::model::Count::Exactly(1),
        })
    }

    async fn ids_made_by(
        &self,
        _: ApplicationId,
        _: Timestamp,
        _: Option<UserId>,
        _: usize,
    ) -> Result<Vec<UserId>, StoreError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl UserStore for OneVerifiedUser {
    async fn commit(
        &self,
        _: ApplicationId,
        mutations: Vec<Mutation>,
    ) -> Result<Vec<Result<Written, WriteError>>, StoreError> {
        let facts = Facts {
            user: Some(self.0.clone()),
            ..Facts::default()
        };
        let answer = |mutation: Mutation| {
            let decision = (mutation.decide)(&facts);
            match &decision.outcome {
                Outcome::Changed(change) => Ok(Written::changed(change, &decision, Vec::new())),
                Outcome::Unchanged => Ok(Written::unchanged(&self.0, &decision, Vec::new())),
                Outcome::Refused(rejection) => Err(WriteError::Refused(rejection.clone())),
            }
        };
        Ok(mutations.into_iter().map(answer).collect())
    }
}

async fn api() -> Api {
    Api::with(|ports| {
        ports.users = Arc::new(OneVerifiedUser::new());
        ports.reader = Arc::new(OneVerifiedUser::new());
    })
    .await
}

const URI: &str = "/v3/users/ada/";

#[actix_web::test]
async fn shows_what_sessions_found() {
    let user = api().await.get(URI).await.json();
    let at = "2026-01-01T00:00:00.000000Z";
    let verified = json!({"source": "verified", "session_id": "session-1", "verified_at": at});
    for (field, value) in [
        ("full_name", json!("ADA VERIFIED")),
        ("date_of_birth", json!("1990-12-10")),
        ("effective_name", json!("ADA VERIFIED")),
        ("portrait_image_url", json!("https://example.org/p.png")),
        ("session_count", json!(4)),
        ("approved_count", json!(1)),
        ("declined_count", json!(2)),
        ("in_review_count", json!(1)),
        (
            "approved_emails",
            json!(["declared@example.org", "verified@example.org"]),
        ),
        ("approved_phones", json!(["+34600"])),
        (
            "features",
            json!({"AML": "In Review", "ID_VERIFICATION": "Approved"}),
        ),
        (
            "features_list",
            json!([
                {"feature": "ID_VERIFICATION", "status": "Approved"},
                {"feature": "AML", "status": "In Review"},
            ]),
        ),
        ("first_session_at", json!(at)),
        ("last_session_at", json!(at)),
        (
            "provenance",
            json!({"full_name": verified, "date_of_birth": verified, "portrait_image_url": verified}),
        ),
    ] {
        assert_eq!(user[field], value, "{field}");
    }
}

#[actix_web::test]
async fn a_row_shows_the_same_as_a_detail_but_for_what_only_details_have() {
    let api = api().await;
    let row = api.get("/v3/users/").await.json()["results"][0].clone();
    let mut detail = api.get(URI).await.json();
    for field in ["metadata", "comments", "legal_hold", "provenance"] {
        detail.as_object_mut().unwrap().remove(field).unwrap();
    }
    assert_eq!(row, detail);
}

#[actix_web::test]
async fn what_a_get_showed_changes_nothing_when_it_is_sent_back() {
    let api = api().await;
    let shown = api.get(URI).await;
    let reply = api.call("PATCH", URI).text(&shown.body).send().await;
    reply.assert(200, &shown.json());
    assert_eq!(reply.header("x-ignored-fields"), None);
}

#[actix_web::test]
async fn what_sessions_found_is_read_only() {
    let api = api().await;
    let body = json!({
        "full_name": "X", "date_of_birth": null, "approved_emails": [], "approved_phones": ["1"],
        "issuing_states": ["ES"], "display_name": "Ada",
    });
    let reply = api.patch(URI, body).await;
    assert_eq!(
        reply.header("x-ignored-fields"),
        Some("full_name, date_of_birth, issuing_states, approved_emails, approved_phones")
    );
    let user = reply.json();
    assert_eq!(
        (&user["display_name"], &user["full_name"]),
        (&json!("Ada"), &json!("ADA VERIFIED"))
    );
    assert_eq!(user["version"], Value::from(10));
}
