"""Isolation: requests stepped against each other under control, to see whether data bleeds.

Firing parallel requests and comparing answers misses it: the window between "write the user into a
module global" and "read it back" is a few instructions wide. Here each participant has a thread of its
own, only one of them runs at a time, and at each line of the user's code another one may go on.
"""
