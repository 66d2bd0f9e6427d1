;; Many random numbers at a time, to the bit those that random.ts computes one by one. `npm run kernel` writes kernel-code.ts from this.
;; Logarithm and cosine are V8's, which are those of fdlibm 5.3 (Sun Microsystems, 1993: e_log.c, k_cos.c, k_sin.c,
;; e_rem_pio2.c), for two arguments at a time and without branches: every case is computed, and one is selected.
(module
  (import "math" "cos" (func $cosine (param f64) (result f64)))

  ;; 64 KiB, which the numbers fill from the start on.
  (memory (export "memory") 1)

  ;; `count` uniform numbers in [0, 1) of 53 bits, rounded up to a multiple of 4: Threefry-2x32-20 of the counters (low, high),
  ;; (low + 1, high), …, four at a time.
  (func (export "uniforms")
    (param $first i32) (param $second i32) (param $low i32) (param $high i32) (param $count i32)
    (local $key0 v128) (local $key1 v128) (local $key2 v128)
    (local $counter v128) (local $x0 v128) (local $x1 v128)
    (local $at i32) (local $end i32)
    (local.set $key0 (i32x4.splat (local.get $first)))
    (local.set $key1 (i32x4.splat (local.get $second)))
    (local.set $key2
      (v128.xor (v128.xor (local.get $key0) (local.get $key1)) (i32x4.splat (i32.const 0x1bd11bda))))
    (local.set $counter (i32x4.add (i32x4.splat (local.get $low)) (v128.const i32x4 0 1 2 3)))
    (local.set $end (i32.shl (local.get $count) (i32.const 3)))
    (loop $four
      (local.set $x0 (i32x4.add (local.get $counter) (local.get $key0)))
      (local.set $x1 (i32x4.add (i32x4.splat (local.get $high)) (local.get $key1)))
      ;; 20 rounds; a word of the key comes in after every four.
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $x1)))
      (local.set $x1 (v128.xor (local.get $x0)
        (v128.or (i32x4.shl (local.get $x1) (i32.const 13)) (i32x4.shr_u (local.get $x1) (i32.const 19)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $x1)))
      (local.set $x1 (v128.xor (local.get $x0)
        (v128.or (i32x4.shl (local.get $x1) (i32.const 15)) (i32x4.shr_u (local.get $x1) (i32.const 17)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $x1)))
      (local.set $x1 (v128.xor (local.get $x0)
        (v128.or (i32x4.shl (local.get $x1) (i32.const 26)) (i32x4.shr_u (local.get $x1) (i32.const 6)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $x1)))
      (local.set $x1 (v128.xor (local.get $x0)
        (v128.or (i32x4.shl (local.get $x1) (i32.const 6)) (i32x4.shr_u (local.get $x1) (i32.const 26)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $key1)))
      (local.set $x1 (i32x4.add (local.get $x1)
        (i32x4.add (local.get $key2) (i32x4.splat (i32.const 1)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $x1)))
      (local.set $x1 (v128.xor (local.get $x0)
        (v128.or (i32x4.shl (local.get $x1) (i32.const 17)) (i32x4.shr_u (local.get $x1) (i32.const 15)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $x1)))
      (local.set $x1 (v128.xor (local.get $x0)
        (v128.or (i32x4.shl (local.get $x1) (i32.const 29)) (i32x4.shr_u (local.get $x1) (i32.const 3)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $x1)))
      (local.set $x1 (v128.xor (local.get $x0)
        (v128.or (i32x4.shl (local.get $x1) (i32.const 16)) (i32x4.shr_u (local.get $x1) (i32.const 16)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $x1)))
      (local.set $x1 (v128.xor (local.get $x0)
        (v128.or (i32x4.shl (local.get $x1) (i32.const 24)) (i32x4.shr_u (local.get $x1) (i32.const 8)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $key2)))
      (local.set $x1 (i32x4.add (local.get $x1)
        (i32x4.add (local.get $key0) (i32x4.splat (i32.const 2)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $x1)))
      (local.set $x1 (v128.xor (local.get $x0)
        (v128.or (i32x4.shl (local.get $x1) (i32.const 13)) (i32x4.shr_u (local.get $x1) (i32.const 19)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $x1)))
      (local.set $x1 (v128.xor (local.get $x0)
        (v128.or (i32x4.shl (local.get $x1) (i32.const 15)) (i32x4.shr_u (local.get $x1) (i32.const 17)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $x1)))
      (local.set $x1 (v128.xor (local.get $x0)
        (v128.or (i32x4.shl (local.get $x1) (i32.const 26)) (i32x4.shr_u (local.get $x1) (i32.const 6)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $x1)))
      (local.set $x1 (v128.xor (local.get $x0)
        (v128.or (i32x4.shl (local.get $x1) (i32.const 6)) (i32x4.shr_u (local.get $x1) (i32.const 26)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $key0)))
      (local.set $x1 (i32x4.add (local.get $x1)
        (i32x4.add (local.get $key1) (i32x4.splat (i32.const 3)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $x1)))
      (local.set $x1 (v128.xor (local.get $x0)
        (v128.or (i32x4.shl (local.get $x1) (i32.const 17)) (i32x4.shr_u (local.get $x1) (i32.const 15)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $x1)))
      (local.set $x1 (v128.xor (local.get $x0)
        (v128.or (i32x4.shl (local.get $x1) (i32.const 29)) (i32x4.shr_u (local.get $x1) (i32.const 3)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $x1)))
      (local.set $x1 (v128.xor (local.get $x0)
        (v128.or (i32x4.shl (local.get $x1) (i32.const 16)) (i32x4.shr_u (local.get $x1) (i32.const 16)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $x1)))
      (local.set $x1 (v128.xor (local.get $x0)
        (v128.or (i32x4.shl (local.get $x1) (i32.const 24)) (i32x4.shr_u (local.get $x1) (i32.const 8)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $key1)))
      (local.set $x1 (i32x4.add (local.get $x1)
        (i32x4.add (local.get $key2) (i32x4.splat (i32.const 4)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $x1)))
      (local.set $x1 (v128.xor (local.get $x0)
        (v128.or (i32x4.shl (local.get $x1) (i32.const 13)) (i32x4.shr_u (local.get $x1) (i32.const 19)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $x1)))
      (local.set $x1 (v128.xor (local.get $x0)
        (v128.or (i32x4.shl (local.get $x1) (i32.const 15)) (i32x4.shr_u (local.get $x1) (i32.const 17)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $x1)))
      (local.set $x1 (v128.xor (local.get $x0)
        (v128.or (i32x4.shl (local.get $x1) (i32.const 26)) (i32x4.shr_u (local.get $x1) (i32.const 6)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $x1)))
      (local.set $x1 (v128.xor (local.get $x0)
        (v128.or (i32x4.shl (local.get $x1) (i32.const 6)) (i32x4.shr_u (local.get $x1) (i32.const 26)))))
      (local.set $x0 (i32x4.add (local.get $x0) (local.get $key2)))
      (local.set $x1 (i32x4.add (local.get $x1)
        (i32x4.add (local.get $key0) (i32x4.splat (i32.const 5)))))
      ;; 27 bits of the first word and 26 of the second are a number: two of them, then the other two.
      (local.set $x0 (i32x4.shr_u (local.get $x0) (i32.const 5)))
      (local.set $x1 (i32x4.shr_u (local.get $x1) (i32.const 6)))
      (v128.store (local.get $at)
        (f64x2.mul (f64x2.splat (f64.const 0x1p-53)) (f64x2.add (f64x2.convert_low_i32x4_u (local.get $x1))
          (f64x2.mul (f64x2.splat (f64.const 0x1p26)) (f64x2.convert_low_i32x4_u (local.get $x0))))))
      (local.set $x0 (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $x0) (local.get $x0)))
      (local.set $x1 (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $x1) (local.get $x1)))
      (v128.store offset=16 (local.get $at)
        (f64x2.mul (f64x2.splat (f64.const 0x1p-53)) (f64x2.add (f64x2.convert_low_i32x4_u (local.get $x1))
          (f64x2.mul (f64x2.splat (f64.const 0x1p26)) (f64x2.convert_low_i32x4_u (local.get $x0))))))
      (local.set $counter (i32x4.add (local.get $counter) (i32x4.splat (i32.const 4))))
      (local.set $at (i32.add (local.get $at) (i32.const 32)))
      (br_if $four (i32.lt_u (local.get $at) (local.get $end)))))

  ;; `count` standard normal numbers as float32, rounded up to a multiple of 2, of as many pairs of uniform numbers, which they
  ;; replace (Box and Muller). All is in one function: V8 then keeps the constants outside of the loop.
  (func (export "normals") (param $count i32)
    (local $from i32) (local $to i32) (local $end i32) (local $one v128) (local $other v128)
    (local $high v128) (local $up v128) (local $k v128) (local $f v128) (local $s v128) (local $r v128) (local $rest v128)
    (local $angle v128) (local $n v128) (local $x v128) (local $y v128) (local $z v128) (local $v v128) (local $size v128)
    (local $q v128) (local $cos v128) (local $sin v128)
    (local.set $end (i32.shl (local.get $count) (i32.const 2)))
    (loop $two
      (local.set $one (v128.load (local.get $from)))
      (local.set $other (v128.load offset=16 (local.get $from)))
      ;; The logarithm of the first of each pair: x = 2 ** k * (1 + f), in [2 ** -54, 1].
      (local.set $x (f64x2.add
        (f64x2.splat (f64.const 0x1p-54))
        (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $one) (local.get $other))))
      ;; The upper 20 bits of the fraction; 1 << 20 where f would be above √2 - 1 otherwise.
      (local.set $high (v128.and (i64x2.shr_u (local.get $x) (i32.const 32)) (i64x2.splat (i64.const 0xfffff))))
      (local.set $up (v128.and
        (i64x2.add (local.get $high) (i64x2.splat (i64.const 0x95f64)))
        (i64x2.splat (i64.const 0x100000))))
      ;; A double whose last bits are a whole number is 2 ** 52 more than it.
      (local.set $k (f64x2.sub
        (v128.or
          (i64x2.add (i64x2.shr_u (local.get $x) (i32.const 52)) (i64x2.shr_u (local.get $up) (i32.const 20)))
          (i64x2.splat (i64.const 0x4330000000000000)))
        (f64x2.splat (f64.const 0x1.00000000003ffp52))))
      (local.set $f (f64x2.sub
        (v128.or
          (v128.and (local.get $x) (i64x2.splat (i64.const 0xfffffffffffff)))
          (i64x2.shl (v128.xor (local.get $up) (i64x2.splat (i64.const 0x3ff00000))) (i32.const 32)))
        (f64x2.splat (f64.const 1))))
      (local.set $s (f64x2.div (local.get $f) (f64x2.add (f64x2.splat (f64.const 2)) (local.get $f))))
      (local.set $z (f64x2.mul (local.get $s) (local.get $s)))
      (local.set $v (f64x2.mul (local.get $z) (local.get $z)))
      (local.set $r (f64x2.add
        (f64x2.mul
          (local.get $z)
          (f64x2.add
            (f64x2.splat (f64.const 6.666666666666735130e-01))
            (f64x2.mul
              (local.get $v)
              (f64x2.add
                (f64x2.splat (f64.const 2.857142874366239149e-01))
                (f64x2.mul
                  (local.get $v)
                  (f64x2.add
                    (f64x2.splat (f64.const 1.818357216161805012e-01))
                    (f64x2.mul (local.get $v) (f64x2.splat (f64.const 1.479819860511658591e-01)))))))))
        (f64x2.mul
          (local.get $v)
          (f64x2.add
            (f64x2.splat (f64.const 3.999999999940941908e-01))
            (f64x2.mul
              (local.get $v)
              (f64x2.add
                (f64x2.splat (f64.const 2.222219843214978396e-01))
                (f64x2.mul (local.get $v) (f64x2.splat (f64.const 1.531383769920937332e-01)))))))))
      ;; A fraction in the middle, one at the sides, and one of almost nothing.
      (local.set $q (f64x2.mul (f64x2.mul (f64x2.splat (f64.const 0.5)) (local.get $f)) (local.get $f)))
      (local.set $y (f64x2.mul (local.get $k) (f64x2.splat (f64.const 1.90821492927058770002e-10))))
      (local.set $rest (v128.bitselect
        (f64x2.sub
          (local.get $q)
          (f64x2.add (f64x2.mul (local.get $s) (f64x2.add (local.get $q) (local.get $r))) (local.get $y)))
        (f64x2.sub (f64x2.mul (local.get $s) (f64x2.sub (local.get $f) (local.get $r))) (local.get $y))
        (v128.and
          (i64x2.ge_s (local.get $high) (i64x2.splat (i64.const 0x6147a)))
          (i64x2.le_s (local.get $high) (i64x2.splat (i64.const 0x6b851))))))
      (local.set $rest (v128.bitselect
        (f64x2.sub
          (f64x2.mul
            (f64x2.mul (local.get $f) (local.get $f))
            (f64x2.sub
              (f64x2.splat (f64.const 0.5))
              (f64x2.mul (f64x2.splat (f64.const 0.33333333333333333333)) (local.get $f))))
          (local.get $y))
        (local.get $rest)
        (i64x2.lt_s
          (v128.and (i64x2.add (local.get $high) (i64x2.splat (i64.const 2))) (i64x2.splat (i64.const 0xfffff)))
          (i64x2.splat (i64.const 3)))))
      (local.set $r (f64x2.sqrt
        (f64x2.mul
          (f64x2.splat (f64.const -2))
          (f64x2.sub
            (f64x2.mul (local.get $k) (f64x2.splat (f64.const 6.93147180369123816490e-01)))
            (f64x2.sub (local.get $rest) (local.get $f))))))
      ;; The cosine of 2π times the second: ± that of x + y, or the sine, n quarters of a turn less. fdlibm looks at the upper words
      ;; of π / 4 and 3π / 4 only.
      (local.set $angle (f64x2.mul
        (f64x2.splat (f64.const 6.283185307179586))
        (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $one) (local.get $other))))
      (local.set $n (v128.bitselect
        (f64x2.splat (f64.const 1))
        (f64x2.trunc (f64x2.add
          (f64x2.mul (local.get $angle) (f64x2.splat (f64.const 6.36619772367581382433e-01)))
          (f64x2.splat (f64.const 0.5))))
        (f64x2.lt (local.get $angle) (f64x2.splat (f64.const 0x1.2d97cp1)))))
      (local.set $n (v128.andnot (local.get $n) (f64x2.lt (local.get $angle) (f64x2.splat (f64.const 0x1.921fcp-1)))))
      (local.set $z (f64x2.sub
        (local.get $angle)
        (f64x2.mul (local.get $n) (f64x2.splat (f64.const 1.57079632673412561417e+00)))))
      (local.set $y (f64x2.mul (local.get $n) (f64x2.splat (f64.const 6.07710050650619224932e-11))))
      (local.set $x (f64x2.sub (local.get $z) (local.get $y)))
      (local.set $y (f64x2.sub (f64x2.sub (local.get $z) (local.get $x)) (local.get $y)))
      (local.set $z (f64x2.mul (local.get $x) (local.get $x)))
      (local.set $v (f64x2.mul (local.get $z) (local.get $x)))
      ;; Where x is large, a quarter of it, cut, is taken from 1 first.
      (local.set $size (i64x2.shr_u (i64x2.shl (local.get $x) (i32.const 1)) (i32.const 33)))
      (local.set $q (v128.and
        (i64x2.shl (i64x2.sub (local.get $size) (i64x2.splat (i64.const 0x200000))) (i32.const 32))
        (i64x2.ge_s (local.get $size) (i64x2.splat (i64.const 0x3fd33333)))))
      (local.set $q (v128.bitselect
        (f64x2.splat (f64.const 0.28125))
        (local.get $q)
        (i64x2.gt_s (local.get $size) (i64x2.splat (i64.const 0x3fe90000)))))
      (local.set $cos (f64x2.mul
        (local.get $z)
        (f64x2.add
          (f64x2.splat (f64.const 4.16666666666666019037e-02))
          (f64x2.mul
            (local.get $z)
            (f64x2.add
              (f64x2.splat (f64.const -1.38888888888741095749e-03))
              (f64x2.mul
                (local.get $z)
                (f64x2.add
                  (f64x2.splat (f64.const 2.48015872894767294178e-05))
                  (f64x2.mul
                    (local.get $z)
                    (f64x2.add
                      (f64x2.splat (f64.const -2.75573143513906633035e-07))
                      (f64x2.mul
                        (local.get $z)
                        (f64x2.add
                          (f64x2.splat (f64.const 2.08757232129817482790e-09))
                          (f64x2.mul (local.get $z) (f64x2.splat (f64.const -1.13596475577881948265e-11))))))))))))))
      (local.set $cos (f64x2.sub
        (f64x2.sub (f64x2.splat (f64.const 1)) (local.get $q))
        (f64x2.sub
          (f64x2.sub (f64x2.mul (f64x2.splat (f64.const 0.5)) (local.get $z)) (local.get $q))
          (f64x2.sub (f64x2.mul (local.get $z) (local.get $cos)) (f64x2.mul (local.get $x) (local.get $y))))))
      (local.set $sin (f64x2.add
        (f64x2.splat (f64.const 8.33333333332248946124e-03))
        (f64x2.mul
          (local.get $z)
          (f64x2.add
            (f64x2.splat (f64.const -1.98412698298579493134e-04))
            (f64x2.mul
              (local.get $z)
              (f64x2.add
                (f64x2.splat (f64.const 2.75573137070700676789e-06))
                (f64x2.mul
                  (local.get $z)
                  (f64x2.add
                    (f64x2.splat (f64.const -2.50507602534068634195e-08))
                    (f64x2.mul (local.get $z) (f64x2.splat (f64.const 1.58969099521155010221e-10)))))))))))
      (local.set $sin (f64x2.sub
        (local.get $x)
        (f64x2.sub
          (f64x2.sub
            (f64x2.mul
              (local.get $z)
              (f64x2.sub
                (f64x2.mul (f64x2.splat (f64.const 0.5)) (local.get $y))
                (f64x2.mul (local.get $v) (local.get $sin))))
            (local.get $y))
          (f64x2.mul (local.get $v) (f64x2.splat (f64.const -1.66666666666666324348e-01))))))
      ;; cos, −sin, −cos, sin, cos
      (local.set $cos (v128.bitselect
        (local.get $sin)
        (local.get $cos)
        (v128.or
          (f64x2.eq (local.get $n) (f64x2.splat (f64.const 1)))
          (f64x2.eq (local.get $n) (f64x2.splat (f64.const 3))))))
      (local.set $cos (v128.xor
        (local.get $cos)
        (v128.and
          (v128.or
            (f64x2.eq (local.get $n) (f64x2.splat (f64.const 1)))
            (f64x2.eq (local.get $n) (f64x2.splat (f64.const 2))))
          (i64x2.splat (i64.const 0x8000000000000000)))))
      ;; Near a whole number of quarters x has too few digits; V8 computes that.
      (if (v128.any_true (f64x2.lt (f64x2.abs (local.get $x)) (f64x2.splat (f64.const 0x1p-17))))
        (then (local.set $cos (f64x2.replace_lane 1
          (f64x2.splat (call $cosine (f64x2.extract_lane 0 (local.get $angle))))
          (call $cosine (f64x2.extract_lane 1 (local.get $angle)))))))
      (v128.store64_lane 0 (local.get $to)
        (f32x4.demote_f64x2_zero (f64x2.mul (local.get $r) (local.get $cos))))
      (local.set $from (i32.add (local.get $from) (i32.const 32)))
      (local.set $to (i32.add (local.get $to) (i32.const 8)))
      (br_if $two (i32.lt_u (local.get $to) (local.get $end))))))
