"""How each media type is read: as a value that can be walked, so that differences have places and kinds.

    registry.py      which reader for which media type
    unreadable.py    what a reader raises
    charset.py       text from bytes
    ndjson.py        one JSON document per line
    form.py          urlencoded forms
    multipart.py     parts, each read as what it is
    tree.py          elements, attributes and text as a value, for the two below
    xml.py           XML by expat, without document types that define anything
    html.py          HTML as browsers read it
    csv.py           rows by header
    msgpack.py       MessagePack
    protobuf.py      protobuf, by a configured descriptor set
    events.py        event streams (SSE)
    sniff.py         what binary bytes look like

JSON itself has its own way (spans.py); what no reader knows is compared as text or as bytes.
"""
