"""The main job before your eyes: `./dev demo`. A neighbourhood, price lists, a round that closes.

* `neighbourhood`: the network Samen Schalkwijk, 60 households, 6 shops, who signs in.
* `shelves`: three suppliers, their price lists read like any upload.
* `week`: a round, and a week in which people order.
* `watch`: what one sees while the clock closes it, and where everything lies afterwards.

All names, numbers and prices are invented; the same every time.
"""
