//! What every port expects of the store, held against a WAL file and against PostgreSQL: the database arbitrates, so the
//! races here are real ones.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

mod cars;
mod fixtures;
mod payments;
mod people;
mod rides;
mod tariffs;

use fixtures::Place;

/// Runs each contract on both engines.
macro_rules! on_both {
    ($($module:ident: $($name:ident),* $(,)?;)*) => {
        mod on_sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $name() {
                    crate::$module::$name(&super::Place::sqlite()).await;
                }
            )*)*
        }
        mod on_postgres {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $name() {
                    crate::$module::$name(&super::Place::postgres().await).await;
                }
            )*)*
        }
    };
}

on_both! {
    payments:
        a_row_that_moved_on_refuses_the_whole_change,
        of_32_orders_for_one_bill_one_is_opened,
        one_payment_covers_a_bill,
        a_due_timer_is_claimed_by_one_of_two_programs_and_comes_back_after_its_lease,
        timers_are_due_in_order_even_from_before_1970,
        a_timer_is_brought_forward_and_never_put_off,
        a_notice_and_a_posting_count_once,
        a_fleet_sees_nothing_of_another,
        a_value_that_does_not_read_is_named;
    cars:
        messages_to_a_car_are_numbered_without_a_gap,
        an_acknowledgement_counts_up_to_what_was_sent_and_never_back,
        a_command_is_applied_once_and_in_order,
        a_code_enrols_one_unit_and_the_earlier_one_is_revoked,
        a_code_that_is_late_or_replaced_enrols_nobody,
        a_plate_is_one_car_of_its_fleet;
    rides:
        a_reservation_comes_back_as_it_was_made,
        of_16_bookings_under_one_id_one_is_made,
        of_two_programs_that_offer_one_reservation_one_does,
        a_car_has_one_offer_at_a_time,
        of_8_drivers_who_take_one_reservation_one_has_it,
        an_offer_is_received_with_its_message,
        a_driver_is_on_duty_in_one_car,
        a_car_is_free_while_it_is_on_duty_without_offer_and_without_trip;
    people:
        of_16_callbacks_one_exchanges_the_code,
        wrong_codes_count_per_payer_and_per_car,
        a_session_ends_when_it_is_deleted_and_a_name_is_taken_once;
    tariffs:
        the_tariff_in_force_is_the_one_that_began_last,
        a_tariff_is_published_once_and_never_over_another_unless_stated,
        a_tariff_of_another_currency_or_zone_is_refused_and_nothing_is_written,
        of_8_tariffs_published_at_once_each_has_its_own_number,
        a_quote_that_was_given_replays_after_the_next_tariff_is_in_force,
        a_tariff_or_quote_changed_behind_our_back_is_found_out;
}
