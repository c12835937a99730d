#!/usr/bin/env python3
"""The peers of the assignment bench: one line of JSON per instance, times in milliseconds, one core.

usage: assignment.py INSTANCES NAME...

Dense peers get the whole matrix (built with numpy, counted); the sparse peer gets the 20 nearest vehicles from a file
(not counted) and may leave a request unmatched at 100 km.
"""
import json, struct, sys, time
import numpy as np

R, ALONE = 6371008.8, 100_000


def matrix(req, veh):
    p, q = np.radians(req), np.radians(veh)
    half = np.sin((p[:, None, 0] - q[None, :, 0]) / 2)
    s = half * half
    half = np.sin((p[:, None, 1] - q[None, :, 1]) / 2)
    s += np.cos(p[:, 0])[:, None] * np.cos(q[:, 0])[None, :] * half * half
    return np.rint(2 * R * np.arcsin(np.sqrt(np.minimum(s, 1))))


def timed(work):
    start = time.perf_counter()
    answer = work()
    return answer, (time.perf_counter() - start) * 1e3


def dense(req, veh):
    costs, build_ms = timed(lambda: matrix(req, veh))
    out = {"build_ms": build_ms}
    from scipy.optimize import linear_sum_assignment
    (rows, cols), out["scipy_ms"] = timed(lambda: linear_sum_assignment(costs))
    out["cost"] = int(costs[rows, cols].sum()) + ALONE * max(0, len(req) - len(veh))
    try:
        import lap
        (cost, _, _), out["lapx_ms"] = timed(lambda: lap.lapjv(costs, extend_cost=True) if not hasattr(lap, "lapjvs") else (lap.lapjvs(costs)[0], 0, 0))
    except ImportError:
        pass
    return out


def sparse(folder, name):
    from ortools.graph.python import min_cost_flow
    with open(f"{folder}/{name}.k20.edges.bin", "rb") as f:
        n, m, k = struct.unpack("<III", f.read(12))
        veh = np.frombuffer(f.read(4 * n * k), "<u4").astype(np.int64)
        cost = np.frombuffer(f.read(4 * n * k), "<u4").astype(np.int64)
    def solve():
        flow, sink = min_cost_flow.SimpleMinCostFlow(), n + m
        row = np.arange(n)
        tail = np.concatenate([np.repeat(row, k), row, n + np.arange(m)])
        head = np.concatenate([n + veh, np.full(n, sink), np.full(m, sink)])
        unit = np.concatenate([cost, np.full(n, ALONE), np.zeros(m, np.int64)])
        flow.add_arcs_with_capacity_and_unit_cost(tail, head, np.ones(len(tail), np.int64), unit)
        flow.set_nodes_supplies(np.concatenate([row, [sink]]), np.concatenate([np.ones(n, np.int64), [-n]]))
        _, ms = timed(flow.solve)
        return flow.optimal_cost(), ms
    return solve()


for name in sys.argv[2:]:
    folder = sys.argv[1]
    req, veh = (np.loadtxt(f"{folder}/{name}.{side}.csv", delimiter=",", ndmin=2) for side in ("req", "veh"))
    out = {"name": name}
    if len(req) * len(veh) <= 100_000_000:
        out.update(dense(req, veh))
    out["sparse_cost"], out["ortools_ms"] = sparse(folder, name)
    print(json.dumps(out), flush=True)
