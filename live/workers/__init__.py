"""The processes that compute, the pool that hands them calls, and the cluster that can do so instead."""
