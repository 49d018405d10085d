"""A run of hours with the demo's live load and open streams: does any process grow without end?"""
