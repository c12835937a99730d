-- What the console reads on every change: open reservations, and what each car has to do now.
CREATE INDEX reservation_open ON reservation (fleet_id, requested_at)
    WHERE state IN ('scheduled', 'waiting', 'offered', 'assigned');
CREATE INDEX trip_under_way ON trip (fleet_id, vehicle_id) 
    WHERE state IN ('assigned', 'en_route', 'arrived', 'on_board');
