/* "KQ" benchmark: a KQUEUE-like I/O completion port. Same transition system as README.md and
 * stateright.  Every transition of the model is one Promela step (d_step or one statement).
 *   spin -a -DW=3 -DP=2 -DK=3 -DC=2 kq.pml
 * Worker phase is the control location (+ the one-slot channel `me` holding a handed-over packet):
 *   FRESH = before the first d_step; WAIT = at end_wait, me empty; GOT = at end_wait, me full;
 *   READY = at the if; BLOCKED = before cur++; READY_NB = before the last d_step.
 */
#ifndef W
#define W 3
#endif
#ifndef P
#define P 2
#endif
#ifndef K
#define K 2
#endif
#ifndef C
#define C 1
#endif

byte cur;                          /* CurrentCount                          */
byte sp;                           /* number of waiters                     */
byte stk[W];                       /* waiter stack, worker index+1, 0=unused */
chan q = [P*K] of { byte };        /* FIFO of packets                       */
chan give[W] = [1] of { byte };    /* packet handed to / taken by worker i  */
/* scratch, always 0 between steps, so it never adds states; `hidden` keeps it out of the state
 * vector altogether, but pan's BFS modes refuse hidden variables (build those with spin -DNOHIDDEN) */
#ifdef NOHIDDEN
byte tmp;
#else
hidden byte tmp;
#endif

#ifdef NOASSERT
#define INV skip
#else
#define INV assert(!(len(q) > 0 && sp > 0 && cur < C))
#endif

inline enter() {                   /* the part of GQCS after the disassociating decrement */
  if
  :: len(q) > 0 && cur < C -> q?tmp; me!tmp; cur++
  :: else -> stk[sp] = _pid + 1; sp++
  fi;
  INV; tmp = 0
}

active [W] proctype Worker() {
  chan me = give[_pid];
#ifndef NOXR
  xr me;
#endif
  d_step { enter() };                                  /* Gqcs, first call        */
end_wait:
  do
  :: me?_ ;                                            /* Process                 */
     if
     :: d_step { cur--; enter() }                      /* Gqcs                    */
     :: d_step { cur--;                                /* Block                   */
          if
          :: cur < C && len(q) > 0 && sp > 0 ->
             q?tmp; sp--; give[stk[sp]-1]!tmp; stk[sp] = 0; cur++
          :: else
          fi;
          INV; tmp = 0 };
        cur++;                                         /* Unblock                 */
        d_step { cur--; enter() }                      /* Gqcs                    */
     fi
  od
}

active [P] proctype Producer() {
  byte nxt;
end_done:
  do
  :: d_step { nxt < K ->                               /* Post                    */
       tmp = 1 + (_pid - W) * K + nxt; nxt++;
       if
       :: sp > 0 && cur < C -> sp--; give[stk[sp]-1]!tmp; stk[sp] = 0; cur++
       :: else -> q!tmp
       fi;
       INV; tmp = 0 }
  od
}
