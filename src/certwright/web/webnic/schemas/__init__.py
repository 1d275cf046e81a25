"""The bodies of WebNIC's API, one module per subject; keys and their order are those of the wire.

A request takes ``null`` for whatever may be left out, as PHP clients send it. Required fields have defaults, so that all
that are missing can be told at once (``translate.bodies``); ``wire`` has the marks that say which they are, and how long
a text may be. Keys we don't know are ignored, except by the searches, where a misspelt ``filters`` would otherwise find
everything.
"""
