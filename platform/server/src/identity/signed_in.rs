//! The dispatcher behind a request: a handler that takes [`SignedIn`] is never reached by anybody else.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};

use crate::{
    http::{Edge, error::ApiError},
    identity::{
        error::IdentityError,
        model::{Session, SessionToken},
        service::IdentityService,
    },
};

/// Name of the cookie.
pub const COOKIE: &str = "fareway_console";

/// Somebody is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn(pub Session);

impl FromRequest for SignedIn {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (Some(service), Some(edge)) =
                (request.app_data::<web::Data<IdentityService>>(), request.app_data::<web::Data<Edge>>())
            else {
                tracing::error!("the console is mounted without its identity service");
                return Err(IdentityError::SignedOut.into());
            };
            let token = request.cookie(COOKIE).and_then(|cookie| SessionToken::parse(cookie.value()));
            let token = token.ok_or(IdentityError::SignedOut)?;
            Ok(Self(service.session(&token, edge.clock.now()).await?))
        })
    }
}
