"""Gradient boosting on trips, the stronger of two losses: prints {"mae_s": ..., "predictions_per_s": ..., "what": ...}.

usage: travel_time.py TRIPS.csv.gz UTC_OFFSET_S FIRST_HELD_OUT_LOCAL_DAY

Features: hour of week, both places, great-circle distance. Needs numpy, pandas and scikit-learn.
"""

import json
import sys
import time

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor

RADIUS_M = 6371008.8


def main():
    path, offset_s, first_day = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    trips = pd.read_csv(path)
    local_s = trips.pickup_unix + offset_s
    day = local_s // 86400
    hour = (day + 3) % 7 * 24 + local_s % 86400 / 3600
    lat, lon = np.radians(trips.pickup_lat), np.radians(trips.pickup_lon)
    to_lat, to_lon = np.radians(trips.dropoff_lat), np.radians(trips.dropoff_lon)
    chord = np.sin((lat - to_lat) / 2) ** 2 + np.cos(lat) * np.cos(to_lat) * np.sin((lon - to_lon) / 2) ** 2
    crow_m = 2 * RADIUS_M * np.arcsin(np.sqrt(chord))
    rows = np.c_[hour, trips.pickup_lat, trips.pickup_lon, trips.dropoff_lat, trips.dropoff_lon, crow_m]
    took_s = (trips.dropoff_unix - trips.pickup_unix).values
    seen, held_out = (day < first_day).values, (day >= first_day).values
    best = None
    for loss in ("absolute_error", "squared_error"):
        model = HistGradientBoostingRegressor(loss=loss, max_iter=600, early_stopping=False, random_state=0)
        model.fit(rows[seen], took_s[seen])
        begun = time.perf_counter()
        expected_s = model.predict(rows[held_out])
        per_s = held_out.sum() / (time.perf_counter() - begun)
        mae_s = float(np.abs(expected_s - took_s[held_out]).mean())
        if best is None or mae_s < best["mae_s"]:
            best = {"mae_s": mae_s, "predictions_per_s": per_s, "what": f"600 trees, {loss}"}
    print(json.dumps(best))


main()
