;; An aggregate written by hand, for tests: `zoo(value bigint)` adds numbers up. What else it does is told by the numbers.
;;
;; In `update`, where a row's value is
;;   -1  an error of the call               -2  logs as a panic does, then stops
;;   -3  loops without end                  -4  asks for 640 MB, stops if refused
;;   -5  one offset of states too few       -6  offsets that begin at 1
;;   -7  a last state beyond the bytes      -8  a last state of 9 bytes, one more than declared
;;   -9  a byte behind the last state       -10 a list longer than its memory
;; In `merge`, where one of the others is
;;   1001 an error   1002 stops   1003 one offset too few
;; In `finish`, where a state is
;;   2001 an error   2002 stops   2003 a column too long   2004 fewer values than entries   2005 doubles   2006 two columns
;;   2007 no column
;; Once it has returned nonsense, each row adds a million more.
(module
  (import "wasmill:guest/log@0.1.0" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 4)
  (data (i32.const 1024) "zoo")
  (data (i32.const 1040) "value")
  (data (i32.const 1056) "bad row")
  (data (i32.const 1088) "panicked at src/lib.rs:7:5:\0ano such animal")
  (global $free (mut i32) (i32.const 4096))
  (global $spoilt (mut i64) (i64.const 0))

  ;; Gives room behind what was given before; all is free again when a call is over.
  (func $alloc (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and
      (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (if (i32.gt_u (global.get $free) (i32.mul (memory.size) (i32.const 65536)))
      (then (drop (memory.grow (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1))))))
    (local.get $at))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (call $alloc (local.get 2) (local.get 3)))

  (func (export "wasmill:guest/aggregate@0.1.0#describe") (result i32)
    ;; description { name, functions } at 0, the one function at 64, its argument at 128, its result at 144
    (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 3))
    (i32.store (i32.const 8) (i32.const 64)) (i32.store (i32.const 12) (i32.const 1))
    (i32.store (i32.const 64) (i32.const 1024)) (i32.store (i32.const 68) (i32.const 3))
    (i32.store (i32.const 72) (i32.const 128)) (i32.store (i32.const 76) (i32.const 1))
    (i32.store (i32.const 80) (i32.const 144)) (i32.store (i32.const 84) (i32.const 1))
    (i32.store (i32.const 88) (i32.const 1)) (i32.store (i32.const 92) (i32.const 8))
    (i32.store (i32.const 96) (i32.const 0)) (i32.store (i32.const 100) (i32.const 0))
    (i32.store (i32.const 128) (i32.const 1040)) (i32.store (i32.const 132) (i32.const 5))
    (i32.store8 (i32.const 136) (i32.const 2)) (i32.store (i32.const 140) (i32.const 0))
    (i32.store (i32.const 144) (i32.const 1024)) (i32.store (i32.const 148) (i32.const 3))
    (i32.store8 (i32.const 152) (i32.const 2)) (i32.store (i32.const 156) (i32.const 0))
    (i32.const 0))

  ;; Writes result<states> { bytes, offsets } at 256: the states as they came, each of 8 bytes.
  (func $states (param $bytes i32) (param $offsets i32) (param $count i32)
    (local $i i32) (local $from i32) (local $out i32) (local $ends i32)
    (local.set $out (call $alloc (i32.const 8) (i32.add (i32.mul (local.get $count) (i32.const 8)) (i32.const 16))))
    (local.set $ends (call $alloc (i32.const 4) (i32.add (i32.mul (local.get $count) (i32.const 4)) (i32.const 4))))
    (i32.store (local.get $ends) (i32.const 0))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $count)))
      (local.set $from (i32.add (local.get $offsets) (i32.mul (local.get $i) (i32.const 4))))
      (i64.store (i32.add (local.get $out) (i32.mul (local.get $i) (i32.const 8)))
        (if (result i64) (i32.eq (i32.load (local.get $from)) (i32.load offset=4 (local.get $from)))
          (then (i64.const 0))
          (else (i64.load (i32.add (local.get $bytes) (i32.load (local.get $from)))))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (i32.store (i32.add (local.get $ends) (i32.mul (local.get $i) (i32.const 4))) (i32.mul (local.get $i) (i32.const 8)))
      (br $next)))
    (i32.store8 (i32.const 256) (i32.const 0))
    (i32.store (i32.const 260) (local.get $out)) (i32.store (i32.const 264) (i32.mul (local.get $count) (i32.const 8)))
    (i32.store (i32.const 268) (local.get $ends)) (i32.store (i32.const 272) (i32.add (local.get $count) (i32.const 1))))

  (func $error (result i32)
    (i32.store8 (i32.const 256) (i32.const 1))
    (i32.store (i32.const 260) (i32.const 1056)) (i32.store (i32.const 264) (i32.const 7))
    (i32.const 256))

  ;; Adds a number to a group's state.
  (func $add (param $group i32) (param $value i64)
    (local $at i32)
    (local.set $at (i32.add (i32.load (i32.const 260)) (i32.mul (local.get $group) (i32.const 8))))
    (i64.store (local.get $at) (i64.add (i64.load (local.get $at)) (i64.add (local.get $value) (global.get $spoilt)))))

  (func $spoil (global.set $spoilt (i64.const 1000000)))

  (func (export "wasmill:guest/aggregate@0.1.0#update")
    (param $function i32) (param $sb i32) (param $sl i32) (param $ob i32) (param $ol i32)
    (param $groups i32) (param $rows i32) (param $columns i32) (param $cl i32) (result i32)
    (local $i i32) (local $values i32) (local $v i64) (local $last i32)
    (call $states (local.get $sb) (local.get $ob) (i32.sub (local.get $ol) (i32.const 1)))
    (local.set $last (i32.add (i32.load (i32.const 268)) (i32.mul (i32.sub (local.get $ol) (i32.const 1)) (i32.const 4))))
    (local.set $values (i32.load offset=24 (local.get $columns)))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $rows)))
      (local.set $v (i64.load (i32.add (local.get $values) (i32.mul (local.get $i) (i32.const 8)))))
      (if (i64.ge_s (local.get $v) (i64.const 0)) (then
        (call $add (i32.load (i32.add (local.get $groups) (i32.mul (local.get $i) (i32.const 4)))) (local.get $v))))
      (if (i64.eq (local.get $v) (i64.const -1)) (then (return (call $error))))
      (if (i64.eq (local.get $v) (i64.const -2)) (then
        (call $log (i32.const 0) (i32.const 1088) (i32.const 42)) unreachable))
      (if (i64.eq (local.get $v) (i64.const -3)) (then (loop $ever (br $ever))))
      (if (i64.eq (local.get $v) (i64.const -4)) (then
        (if (i32.eq (memory.grow (i32.const 10000)) (i32.const -1)) (then unreachable))))
      (if (i64.le_s (local.get $v) (i64.const -5)) (then (call $spoil)))
      (if (i64.eq (local.get $v) (i64.const -5)) (then
        (i32.store (i32.const 272) (i32.sub (local.get $ol) (i32.const 1)))))
      (if (i64.eq (local.get $v) (i64.const -6)) (then (i32.store (i32.load (i32.const 268)) (i32.const 1))))
      (if (i64.eq (local.get $v) (i64.const -7)) (then
        (i32.store (local.get $last) (i32.add (i32.load (local.get $last)) (i32.const 1)))))
      (if (i64.eq (local.get $v) (i64.const -8)) (then
        (i32.store (local.get $last) (i32.add (i32.load (local.get $last)) (i32.const 1)))
        (i32.store (i32.const 264) (i32.add (i32.load (i32.const 264)) (i32.const 1)))))
      (if (i64.eq (local.get $v) (i64.const -9)) (then
        (i32.store (i32.const 264) (i32.add (i32.load (i32.const 264)) (i32.const 1)))))
      (if (i64.eq (local.get $v) (i64.const -10)) (then (i32.store (i32.const 264) (i32.const 0x3fffffff))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next)))
    (i32.const 256))
  (func (export "cabi_post_wasmill:guest/aggregate@0.1.0#update") (param i32) (global.set $free (i32.const 4096)))

  (func (export "wasmill:guest/aggregate@0.1.0#merge")
    (param $function i32) (param $sb i32) (param $sl i32) (param $ob i32) (param $ol i32)
    (param $groups i32) (param $rows i32) (param $xb i32) (param $xl i32) (param $xob i32) (param $xol i32) (result i32)
    (local $i i32) (local $v i64)
    (call $states (local.get $sb) (local.get $ob) (i32.sub (local.get $ol) (i32.const 1)))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $rows)))
      (local.set $v (i64.load (i32.add (local.get $xb)
        (i32.load (i32.add (local.get $xob) (i32.mul (local.get $i) (i32.const 4)))))))
      (call $add (i32.load (i32.add (local.get $groups) (i32.mul (local.get $i) (i32.const 4)))) (local.get $v))
      (if (i64.eq (local.get $v) (i64.const 1001)) (then (return (call $error))))
      (if (i64.eq (local.get $v) (i64.const 1002)) (then unreachable))
      (if (i64.eq (local.get $v) (i64.const 1003)) (then
        (call $spoil) (i32.store (i32.const 272) (i32.sub (local.get $ol) (i32.const 1)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next)))
    (i32.const 256))
  (func (export "cabi_post_wasmill:guest/aggregate@0.1.0#merge") (param i32) (global.set $free (i32.const 4096)))

  (func (export "wasmill:guest/aggregate@0.1.0#finish")
    (param $function i32) (param $sb i32) (param $sl i32) (param $ob i32) (param $ol i32) (result i32)
    (local $i i32) (local $v i64) (local $count i32)
    (local.set $count (i32.sub (local.get $ol) (i32.const 1)))
    (call $states (local.get $sb) (local.get $ob) (local.get $count))
    ;; the column at 320, a second one (of nothing) behind it
    (memory.fill (i32.const 320) (i32.const 0) (i32.const 64))
    (i32.store (i32.const 320) (local.get $count))
    (i32.store8 (i32.const 340) (i32.const 3))
    (i32.store (i32.const 344) (i32.load (i32.const 260))) (i32.store (i32.const 348) (local.get $count))
    (i32.store (i32.const 260) (i32.const 320)) (i32.store (i32.const 264) (i32.const 1))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $count)))
      (local.set $v (i64.load (i32.add (i32.load (i32.const 344)) (i32.mul (local.get $i) (i32.const 8)))))
      (if (i64.eq (local.get $v) (i64.const 2001)) (then (return (call $error))))
      (if (i64.eq (local.get $v) (i64.const 2002)) (then unreachable))
      (if (i64.eq (local.get $v) (i64.const 2003)) (then
        (i32.store (i32.const 320) (i32.add (local.get $count) (i32.const 1)))
        (i32.store (i32.const 348) (i32.add (local.get $count) (i32.const 1)))))
      (if (i64.eq (local.get $v) (i64.const 2004)) (then
        (i32.store (i32.const 348) (i32.sub (local.get $count) (i32.const 1)))))
      (if (i64.eq (local.get $v) (i64.const 2005)) (then (i32.store8 (i32.const 340) (i32.const 4))))
      (if (i64.eq (local.get $v) (i64.const 2006)) (then (i32.store (i32.const 264) (i32.const 2))))
      (if (i64.eq (local.get $v) (i64.const 2007)) (then (i32.store (i32.const 264) (i32.const 0))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next)))
    (i32.const 256))
  (func (export "cabi_post_wasmill:guest/aggregate@0.1.0#finish") (param i32) (global.set $free (i32.const 4096)))

  (func (export "wasmill:guest/aggregate@0.1.0#migrate")
    (param $function i32) (param $version i32) (param $sb i32) (param $sl i32) (param $ob i32) (param $ol i32) (result i32)
    (call $error))
  (func (export "cabi_post_wasmill:guest/aggregate@0.1.0#migrate") (param i32) (global.set $free (i32.const 4096)))
)
