/* The invariants of DESIGN.md, section 1, by their names. */

/* A new index is committed: the same entry for everyone, on a majority's disks, each post once, seqs
   without gaps. */
inline check_committed(h, place) {
  if
  :: place <= history.last ->
     if :: history.at[place] == AT(h, place) :: else -> assert(total_order) fi
  :: else ->
     n = 0; s = 0;
     for (p : 0 .. HOSTS - 1) {
       if :: disk[p] >= place && AT(p, place) == AT(h, place) -> n++ :: else fi
     }
     if :: n >= 2 :: else -> assert(durability) fi;
     for (p : 1 .. history.last) {
       if :: POST_OF(history.at[p]) != 0 -> s++ :: else fi;
       if
       :: POST_OF(AT(h, place)) != 0 && POST_OF(history.at[p]) == POST_OF(AT(h, place)) -> assert(integrity)
       :: else
       fi
     }
     if
     :: POST_OF(AT(h, place)) == 0 || SEQ_OF(AT(h, place)) == s + 1
     :: else -> assert(total_order)
     fi;
     history.last = place;
     history.at[place] = AT(h, place)
  fi
}

/* The poster is told a seq: the first time and every time the same, and nobody else is told that one. */
inline acknowledge(post, seq) {
  if :: acknowledged[post] == 0 || acknowledged[post] == seq :: else -> assert(integrity) fi;
  for (k : 1 .. POSTS) {
    if :: k != post && acknowledged[k] == seq -> assert(single_owner) :: else fi
  }
  acknowledged[post] = seq
}

/* The newest leader has all that was committed or acknowledged, where it was. (An older one that was
   elected long ago and learns it now knows nothing of newer terms, and cannot commit.) */
inline check_leader(h) {
  n = 0;
  for (i : term[h] + 1 .. TERMS_MAX) { n = n + leader_of[i] }
  if
  :: n == 0 ->
     for (i : 1 .. history.last) {
       if :: AT(h, i) == history.at[i] :: else -> assert(validity) fi
     }
     for (p : 1 .. POSTS) {
       find(h, log[h].last);
       if :: acknowledged[p] == 0 || acknowledged[p] == s :: else -> assert(validity) fi
     }
  :: else
  fi
}

/* Any minority may be destroyed: what was acknowledged is on a majority's disks, always. */
inline check_disks() {
  for (i : 1 .. history.last) {
    n = 0;
    for (p : 0 .. HOSTS - 1) {
      if :: disk[p] >= i && AT(p, i) == history.at[i] -> n++ :: else fi
    }
    if :: n >= 2 :: else -> assert(durability) fi
  }
}

/* A page of history shows everything that was acknowledged before it was asked for. */
inline check_seen(h) {
  s = 0;
  for (i : 1 .. commit[h]) {
    if :: SEQ_OF(AT(h, i)) > s -> s = SEQ_OF(AT(h, i)) :: else fi
  }
  if :: s >= must_see :: else -> assert(validity) fi
}
