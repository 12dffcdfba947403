#!/bin/sh
# The three cases of every observability toggle: default, switched on where the API is served, switched off.
exec catalystc test bp-debezium --case 'observability*'
