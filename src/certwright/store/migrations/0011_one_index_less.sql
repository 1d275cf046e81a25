-- The same as orders_by_alternative_id, which was there before it.

DROP INDEX orders_by_alternative_order_id;
