/**
 * A schema registry over its HTTP API, Confluent's, which others speak too: schemas by the ids that events carry, kept so
 * that work goes on while the registry is away, and the registration of our own. Knows the contract alone.
 */
@NullMarked
package io.streamrank.registry;

import org.jspecify.annotations.NullMarked;
