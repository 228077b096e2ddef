/**
 * Real workers, a real broker and a network between them, and what becomes of the events when any of the three breaks.
 * {@link io.streamrank.faults.Fault} says what breaks and {@link io.streamrank.faults.Scene} what is there to be broken;
 * {@link io.streamrank.faults.Witness} reads along and {@link io.streamrank.testing.Ledger} judges.
 */
package io.streamrank.faults;
